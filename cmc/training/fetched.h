#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace cmc::training {

/// The numbers of tensors of any shape and type, one tensor after another: one copy, for which the
/// device of the first is waited for once, however many they are.
std::vector<double> fetched(const std::vector<at::Tensor>& tensors);

}  // namespace cmc::training
