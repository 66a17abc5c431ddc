#pragma once

#include <cstdint>

#include "cmc/kernels/cpu/bank_tiles.h"
#include "cmc/kernels/cpu/grouped_exponentials.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::kernels {

/// What a walk over a bank says of its anchors.
struct GroupedBankFigures {
  GroupedFigures anchors;
  /// Σ s over all negatives of all anchors.
  double negative = 0;
  /// As BankFigures has it.
  std::int64_t odd_row = -1;
};

/// The figures of a bank's candidates, told apart by the groups of the anchors and of the bank's
/// rows. Walks the scores by tiles, once; O(threads · count) and a tile of rows a thread in memory.
GroupedBankFigures grouped_bank_figures(const BankProblem& problem, const PositiveGroups& groups);

/// Walks the scores again: gradient [count, dim] += w · candidates, with the weights that the
/// anchors give. Returns Σ w · (s − center). Memory: threads · count · dim.
double add_grouped_bank_gradient(const BankProblem& problem, const PositiveGroups& groups,
                                 const GroupedWeights& weights, float center, float* gradient);

}  // namespace cmc::kernels
