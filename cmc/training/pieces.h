#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace cmc::training {

/// Calls work(a piece of each tensor) for one stretch of memory after another, by as many threads
/// as libtorch has, so that what `work` passes over several times is read once: a piece of four
/// tensors stays in the second-level cache. Tensors that aren't on the CPU, or that don't have all
/// their values in the same order, are one piece. Autograd is off in it.
void in_pieces(const std::vector<at::Tensor>& tensors,
               const std::function<void(const std::vector<at::Tensor>&)>& work);

}  // namespace cmc::training
