#include "cmc/kernels/convolution.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/kernels/cpu/amx.h"
#include "cmc/kernels/cpu/amx_convolution.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t least_channels = 16;

at::Tensor in_channels_last(const at::Tensor& x, at::ScalarType type) {
  return x.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

std::uint16_t* bits(const at::Tensor& x, std::int64_t place = 0) {
  return static_cast<std::uint16_t*>(x.data_ptr()) + place;
}

/// Calls work(part, first, n) for the parts of n pictures, one a thread.
template <class Work>
void for_parts(std::int64_t parts, std::int64_t n, const Work& work) {
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      const std::int64_t first = n * part / parts, last = n * (part + 1) / parts;
      if (last > first) work(part, first, last - first);
    }
  });
}

std::int64_t parts_of(std::int64_t n) {
  return std::clamp<std::int64_t>(at::get_num_threads(), 1, std::max<std::int64_t>(1, n));
}

ConvolutionShape shape_of(const at::Tensor& x, const at::Tensor& weight, at::IntArrayRef strides,
                          at::IntArrayRef padding) {
  return {x.size(1),
          weight.size(0),
          {x.size(2), weight.size(2), strides[0], padding[0]},
          {x.size(3), weight.size(3), strides[1], padding[1]}};
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given,
                            const at::Tensor& weight, at::IntArrayRef strides,
                            at::IntArrayRef padding) {
    const at::Tensor x = in_channels_last(given, at::kBFloat16),
                     w = in_channels_last(weight, at::kFloat);
    const ConvolutionShape shape = shape_of(x, w, strides, padding);
    const std::int64_t n = x.size(0);
    at::Tensor y = at::empty({n, shape.out_channels, shape.rows.out(), shape.columns.out()},
                             x.options(), at::MemoryFormat::ChannelsLast);
    for_parts(parts_of(n), n, [&](std::int64_t, std::int64_t first, std::int64_t count) {
      amx_convolve(shape, count, bits(x, first * shape.in_size()), w.data_ptr<float>(),
                   bits(y, first * shape.out_size()));
    });
    context->save_for_backward({x, w});
    context->saved_data["strides"] = strides;
    context->saved_data["padding"] = padding;
    context->saved_data["type"] = given.scalar_type();
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(), "this convolution is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1];
    const ConvolutionShape shape = shape_of(x, w, context->saved_data["strides"].toIntVector(),
                                            context->saved_data["padding"].toIntVector());
    const std::int64_t n = x.size(0), parts = parts_of(n);
    const at::Tensor y_gradient = in_channels_last(gradients[0], at::kBFloat16);
    at::Tensor x_gradient, w_gradient;
    if (context->needs_input_grad(0)) {
      x_gradient = at::empty_like(x);
      for_parts(parts, n, [&](std::int64_t, std::int64_t first, std::int64_t count) {
        amx_input_gradient(shape, count, bits(y_gradient, first * shape.out_size()),
                           w.data_ptr<float>(), bits(x_gradient, first * shape.in_size()));
      });
      x_gradient = x_gradient.to(context->saved_data["type"].toScalarType());
    }
    if (context->needs_input_grad(1)) {
      std::vector<at::Tensor> found(parts);
      for (at::Tensor& part : found) part = at::empty_like(w);
      for_parts(parts, n, [&](std::int64_t part, std::int64_t first, std::int64_t count) {
        amx_weight_gradient(shape, count, bits(x, first * shape.in_size()),
                            bits(y_gradient, first * shape.out_size()),
                            found[part].data_ptr<float>());
      });
      w_gradient = found[0];
      for (std::int64_t part = 1; part < parts; ++part) w_gradient.add_(found[part]);
    }
    return {x_gradient, w_gradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool has_convolution(const at::Tensor& x, const at::Tensor& weight) {
  return x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         weight.scalar_type() == at::kFloat && weight.dim() == 4 &&
         weight.size(0) >= least_channels && may_use_amx();
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight,
                       const ConvolutionSteps& steps) {
  return ConvolutionFunction::apply(x, weight, at::IntArrayRef(steps.stride),
                                    at::IntArrayRef(steps.padding));
}

}  // namespace cmc::kernels
