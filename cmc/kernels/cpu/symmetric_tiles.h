#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cmc/kernels/cpu/grouped_exponentials.h"
#include "cmc/kernels/cpu/tile_exponentials.h"
#include "cmc/kernels/cpu/tile_products.h"
#include "cmc/kernels/cpu/tile_sigmoids.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::kernels {

/// Two views of `samples` samples as unit rows, to be contrasted at one temperature. Score s_ij is
/// that of row i of `a` with row j of `b`; the diagonal and the excluded pairs are no negatives.
template <class Element>
struct SymmetricProblem {
  UnitRows<Element> a, b;
  std::int64_t samples = 0;
  ScoreScale scale;
  const ExcludedPairs* excluded = nullptr;
  int threads = 1;
  /// Room for kept_scores(samples) floats that add_scores fills and add_gradients reads; nullptr:
  /// the scores are computed twice.
  float* kept = nullptr;
  /// The walks take these rows of the scores alone; a last row of −1: all of them.
  std::int64_t first_row = 0, last_row = -1;
};

/// Which rows are part `part` of `parts`, [first, second), cut where tiles may be.
std::pair<std::int64_t, std::int64_t> part_of_rows(std::int64_t samples, int part, int parts);

/// How many floats the whole square of scores takes, its rows padded as NegativeFigures are, where
/// it is small enough to stay in a cache between the two walks (4 MiB: up to 1,024 samples); else
/// 0.
std::int64_t kept_scores(std::int64_t samples);

/// Figures of each row, or of each column, over its negatives; padded to a multiple of
/// tile_column_multiple. The shift of `sum` is 0 where scale.fits(), else `largest`.
struct NegativeFigures {
  explicit NegativeFigures(std::int64_t samples);

  std::vector<double> sum;
  std::vector<float> largest;
};

/// Walks the scores by tiles, once.
template <class Element>
void add_scores(const SymmetricProblem<Element>& problem, NegativeFigures& rows,
                NegativeFigures& columns);

/// How much each score weighs in the gradient: w_ij = row_weight_i · exp((s_ij − row_top_i)/τ) +
/// column_weight_j · exp((s_ij − column_top_j)/τ) for negatives, 0 for others. Where scale.fits(),
/// tops count as 0 and need not be given. All padded as NegativeFigures are.
struct GradientWeights {
  std::vector<float> row_weight, column_weight, row_top, column_top;
};

/// Walks the scores again: a_gradient [samples, dim] += w · b, b_gradient += wᵀ · a. Returns Σ w_ij
/// · (s_ij − center).
template <class Element>
double add_gradients(const SymmetricProblem<Element>& problem, const GradientWeights& weights,
                     float center, float* a_gradient, float* b_gradient);

/// What a walk over the sigmoids σ(s_ij/τ + b) of all negatives takes and adds to. Arrays are
/// padded as NegativeFigures are.
struct SigmoidWalk {
  ScoreOdds odds;
  /// A pair weighs row_weight_i + column_weight_j.
  const float *row_weight = nullptr, *column_weight = nullptr;
  /// Σ softplus(s_ij/τ + b) of each row and of each column.
  double *row_loss = nullptr, *column_loss = nullptr;
  /// Figures at problem.scale; nullptr: not wanted.
  NegativeFigures *rows = nullptr, *columns = nullptr;
  /// [samples, dim]: with w_ij the weight times σ, += w · b and += wᵀ · a; nullptr: not wanted.
  float *a_gradient = nullptr, *b_gradient = nullptr;
};

/// Walks the scores once; problem.kept is not used. Returns the sums of w over all negatives.
template <class Element>
SlopeSums add_sigmoids(const SymmetricProblem<Element>& problem, const SigmoidWalk& walk);

/// As add_scores, where `groups` tell an anchor's positives, beside that of the diagonal, from its
/// negatives. Returns Σ s over the negatives.
template <class Element>
double add_grouped_scores(const SymmetricProblem<Element>& problem, const PositiveGroups& groups,
                          GroupedFigures& rows, GroupedFigures& columns);

/// As add_gradients, with the weights that both sides give a score.
template <class Element>
double add_grouped_gradients(const SymmetricProblem<Element>& problem, const PositiveGroups& groups,
                             const GroupedWeights& rows, const GroupedWeights& columns,
                             float center, float* a_gradient, float* b_gradient);

}  // namespace cmc::kernels
