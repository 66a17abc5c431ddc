#include "cmc/encoders/batch_norm.h"

#include <ATen/ATen.h>
#include <torch/nn/functional/batchnorm.h>

#include <ostream>

#include "cmc/error.h"
#include "cmc/kernels/batch_norm.h"
#include "cmc/team.h"

namespace cmc::encoders {

BatchNormImpl::BatchNormImpl(const BatchNormOptions& options)
    : NormImplBase(torch::nn::BatchNormOptions(options.channels)), relu_(options.relu) {}

void BatchNormImpl::_check_input_dim(const at::Tensor& x) {
  TORCH_CHECK(x.dim() == 2 || x.dim() == 4, "a batch norm takes [N, C] or [N, C, H, W], not ",
              x.dim(), " dimensions");
}

at::Tensor BatchNormImpl::forward(const at::Tensor& x) {
  _check_input_dim(x);
  if (is_training() && options.momentum().has_value() && kernels::has_batch_norm(x) &&
      weight.scalar_type() == at::kFloat)
    return normalised(x);
  check(!is_training() || group_ == nullptr,
        "a batch norm of several processes is computed on the processor, in float32 or bfloat16: "
        "train.batch_norm = \"local\" takes each process's own batch elsewhere");
  // As torch::nn::BatchNorm2d has it: without a momentum, the mean over all batches so far.
  double factor = options.momentum().value_or(0.0);
  if (is_training()) {
    num_batches_tracked += 1;
    if (!options.momentum()) factor = 1.0 / num_batches_tracked.item<double>();
  }
  const at::Tensor y =
      at::batch_norm(x, weight, bias, running_mean, running_var, is_training(), factor,
                     options.eps(), at::globalContext().userEnabledCuDNN());
  return relu_ ? y.relu() : y;
}

at::Tensor BatchNormImpl::normalised(const at::Tensor& x) {
  const kernels::BatchNorm result =
      kernels::batch_norm(x, weight, bias, options.eps(), relu_, group_, absent_);
  const bool nobody = absent_ && result.variance.isnan().all().item<bool>();
  if (Team::member() == 0 && !nobody) {
    const at::NoGradGuard no_grad;
    num_batches_tracked += 1;
    running_mean.lerp_(result.mean, *options.momentum());
    running_var.lerp_(result.variance, *options.momentum());
  }
  return result.y;
}

void BatchNormImpl::pretty_print(std::ostream& stream) const {
  stream << "cmc::encoders::BatchNorm(" << options.num_features()
         << (relu_ ? ", relu)" : ", relu=false)");
}

}  // namespace cmc::encoders
