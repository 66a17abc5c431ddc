#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace cmc::evaluation {

/// The values of a tensor on the CPU, whose type is T, in the order of its elements.
template <class T>
std::vector<T> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<T>(), flat.data_ptr<T>() + flat.numel()};
}

}  // namespace cmc::evaluation
