#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "cmc/data/dataset.h"
#include "cmc/recipe/recipe.h"

namespace cmc::runs {

/// The positive groups that a recipe's contrast.positives gives the samples, int64 [n, C], a column
/// each (contrast::ObjectiveOptions::positives); −1 where it names none, undefined for a loss that
/// takes none. Throws Error where there is no such column (with the nearest name), no sample has a
/// label, labels are numbers, or all samples share one group, so that none has a negative.
at::Tensor positive_groups(const data::Dataset& samples, const recipe::ContrastRecipe& contrast);

/// What training says of them at its start, a sentence: that it is trained with labels, which, and
/// how many samples have one; or that no two samples share one. Empty for a recipe that names none.
std::string positives_line(const at::Tensor& groups, const recipe::Recipe& recipe);

/// What is said beside what was evaluated of a run whose training they steered, a sentence; empty
/// for a run that was trained without.
std::string supervision_note(const recipe::Recipe& recipe);

}  // namespace cmc::runs
