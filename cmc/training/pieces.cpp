#include "cmc/training/pieces.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

namespace cmc::training {
namespace {

constexpr std::int64_t piece = 32768;  // 128 KiB of float32

}  // namespace

void in_pieces(const std::vector<at::Tensor>& tensors,
               const std::function<void(const std::vector<at::Tensor>&)>& work) {
  const at::Tensor& first_tensor = tensors.front();
  const bool alike = std::ranges::all_of(tensors, [&](const at::Tensor& x) {
    return x.is_cpu() && x.strides() == first_tensor.strides() && x.is_non_overlapping_and_dense();
  });
  if (!alike) {
    const at::NoGradGuard no_grad;
    return work(tensors);
  }
  const std::int64_t values = first_tensor.numel(), pieces = (values + piece - 1) / piece;
  at::parallel_for(0, pieces, 1, [&](std::int64_t first, std::int64_t last) {
    const at::NoGradGuard no_grad;  // of this thread
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t begin = i * piece, count = std::min(piece, values - begin);
      std::vector<at::Tensor> own;
      for (const at::Tensor& x : tensors)
        own.push_back(x.as_strided({values}, {1}).narrow(0, begin, count));
      work(own);
    }
  });
}

}  // namespace cmc::training
