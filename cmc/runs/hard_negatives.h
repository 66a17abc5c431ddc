#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "cmc/data/dataset.h"
#include "cmc/recipe/recipe.h"

namespace cmc::runs {

/// The hard negatives that a recipe's contrast.hard_negatives gives the samples.
struct HardNegatives {
  /// int64 [n, H], −1 where a sample has fewer; undefined where the recipe names no column.
  at::Tensor samples = {};
  /// How many names are of samples outside this part of the data, which no anchor meets.
  std::int64_t elsewhere = 0;
};

/// Those of the cells of all its columns, each once a sample. Throws Error as
/// data::Dataset::column_samples does, and where no cell names a sample of this part.
HardNegatives hard_negatives(const data::Dataset& samples, const recipe::ContrastRecipe& contrast);

/// What training says of them at its start, a sentence; empty where there are none. `batch`: the
/// anchors of a batch, where batches bring them; 0 where a memory bank has them.
std::string hard_negatives_line(const HardNegatives& negatives, std::int64_t batch);

}  // namespace cmc::runs
