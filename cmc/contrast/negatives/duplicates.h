#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::contrast {

/// Places (i, j) where rows[i] = columns[j], int64 [2, E] ordered by i then j; undefined where
/// there are none. `rows` [R] and `columns` [C]: int64 on the CPU. With the groups of anchors and
/// of candidates it gives the pairs that must not meet as negatives: a sample with itself, and with
/// its duplicates.
at::Tensor equal_places(const at::Tensor& rows, const at::Tensor& columns);

/// The same of one list with itself, without the places (i, i).
at::Tensor equal_places_apart(const at::Tensor& groups);

}  // namespace cmc::contrast
