#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/contrast/embedded_batch.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// A batch as a loss over tuples of views is given it: every view of a sample at once. Its
/// negatives are the batch's other samples.
struct TupleBatch {
  const EmbeddedBatch& batch;
  /// int64 [N] on the CPU: the same for duplicates, which never meet.
  at::Tensor groups;
  /// Key of random draws: the objective's seed, and how many updates there were.
  std::uint64_t seed = 0;
  std::int64_t step = 0;
};

/// What a loss over tuples makes of a batch.
struct TupleScores {
  /// Rows of the batch that take part, int64 [A] on the CPU; undefined: all.
  at::Tensor rows = {};
  /// A.
  std::int64_t anchors = 0;
  /// Those with the anchors in view 0, 1, …, the candidates being tuples of all other views; empty
  /// where no anchor has a negative.
  std::vector<DirectionScores> directions = {};
};

}  // namespace cmc::contrast
