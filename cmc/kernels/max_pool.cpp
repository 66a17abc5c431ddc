#include "cmc/kernels/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstddef>

#include "cmc/error.h"
#include "cmc/kernels/cpu/maxima.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor in_channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

/// A thread's part of fewer values is not worth it.
constexpr std::int64_t least_values = 32768;

/// `numbers`: sizes, strides and paddings, of rows and columns each.
WindowAxis axis_of(std::int64_t in, at::IntArrayRef numbers, int axis) {
  const std::int64_t size = numbers[axis], stride = numbers[2 + axis], padding = numbers[4 + axis];
  check(in + 2 * padding >= size, "a pool of {} does not fit into {} with a padding of {}", size,
        in, padding);
  return {in, (in + 2 * padding - size) / stride + 1, size, stride, padding};
}

Windows windows_of(at::IntArrayRef shape, at::IntArrayRef numbers, at::ScalarType type) {
  return {shape[0], shape[1], axis_of(shape[2], numbers, 0), axis_of(shape[3], numbers, 1),
          type == at::kBFloat16};
}

/// Calls work(windows of some pictures, the first of them) for each thread's.
template <class Work>
void for_pictures(const Windows& all, const Work& work) {
  const std::int64_t values = all.rows.in * all.columns.in * all.channels;
  at::parallel_for(0, all.n, std::max<std::int64_t>(1, least_values / values),
                   [&](std::int64_t first, std::int64_t last) {
                     Windows own = all;
                     own.n = last - first;
                     work(own, first);
                   });
}

template <class Value = void>
Value* at_picture(const at::Tensor& x, std::int64_t n) {
  return reinterpret_cast<Value*>(static_cast<std::byte*>(x.data_ptr()) +
                                  n * x.stride(0) * static_cast<std::int64_t>(x.element_size()));
}

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given,
                            at::IntArrayRef numbers) {
    const at::Tensor x = in_channels_last(given);
    const Windows all = windows_of(x.sizes(), numbers, x.scalar_type());
    const auto made = [&](at::ScalarType type) {
      return at::empty({all.n, all.channels, all.rows.out, all.columns.out},
                       x.options().dtype(type), at::MemoryFormat::ChannelsLast);
    };
    at::Tensor y = made(x.scalar_type());
    const at::Tensor taps = made(at::kByte);
    for_pictures(all, [&](const Windows& own, std::int64_t first) {
      maxima(own, at_picture(x, first), at_picture(y, first),
             at_picture<std::uint8_t>(taps, first));
    });
    context->save_for_backward({taps});
    context->saved_data["shape"] = x.sizes();
    context->saved_data["numbers"] = numbers;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(), "this pool is differentiable once");
    const at::Tensor taps = context->get_saved_variables()[0],
                     y_gradient = in_channels_last(gradients[0]);
    const auto shape = context->saved_data["shape"].toIntVector();
    const Windows all =
        windows_of(shape, context->saved_data["numbers"].toIntVector(), y_gradient.scalar_type());
    const at::Tensor x_gradient =
        at::empty(shape, y_gradient.options(), at::MemoryFormat::ChannelsLast);
    for_pictures(all, [&](const Windows& own, std::int64_t first) {
      maxima_gradient(own, at_picture(y_gradient, first), at_picture<std::uint8_t>(taps, first),
                      at_picture(x_gradient, first));
    });
    return {x_gradient, at::Tensor()};
  }
};

}  // namespace

bool has_max_pool(const at::Tensor& x) {
  return x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

at::Tensor max_pool(const at::Tensor& x, const PoolWindows& windows) {
  const auto& [size, stride, padding] = windows;
  check(size[0] * size[1] <= 255, "a pool of {} x {}: 255 values are the most", size[0], size[1]);
  return MaxPoolFunction::apply(
      x, at::IntArrayRef({size[0], size[1], stride[0], stride[1], padding[0], padding[1]}));
}

}  // namespace cmc::kernels
