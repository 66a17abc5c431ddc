#pragma once

#include <torch/nn/modules/batchnorm.h>

#include <iosfwd>

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::encoders {

struct BatchNormOptions {
  std::int64_t channels = 0;
  bool relu = true;  ///< max(0, y) behind it, in the same pass
};

/// A batch norm of [N, C] or [N, C, H, W], with libtorch's parameters, buffers and momentum, and
/// the ReLU that mostly follows it. In training on the CPU it is kernels::batch_norm, so that a
/// team's members normalise by the whole batch; elsewhere libtorch's.
class BatchNormImpl
    : public torch::nn::NormImplBase<1, BatchNormImpl, torch::nn::BatchNormOptions> {
 public:
  explicit BatchNormImpl(const BatchNormOptions& options);

  at::Tensor forward(const at::Tensor& x);

  /// In training, the batch is from now on that of all processes of the group; nullptr: this
  /// process's. The group must live on.
  void synchronise(distributed::ProcessGroup* group) { group_ = group; }
  /// While it is set, x is a row that stands for none: this process has no rows of the batch.
  void stand_aside(bool absent) { absent_ = absent; }

  void pretty_print(std::ostream& stream) const override;

 private:
  void _check_input_dim(const at::Tensor& x) override;
  at::Tensor normalised(const at::Tensor& x);

  bool relu_;
  distributed::ProcessGroup* group_ = nullptr;
  bool absent_ = false;
};

TORCH_MODULE(BatchNorm);

}  // namespace cmc::encoders
