#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::kernels {

/// What a batch norm makes of a batch.
struct BatchNorm {
  at::Tensor y;         ///< of x's shape and type
  at::Tensor mean;      ///< [C], float32: μ
  at::Tensor variance;  ///< [C], float32: of N · H · W − 1 degrees of freedom, as running_var has
                        ///< it; NaN where no process of a group has a row
};

/// Whether batch_norm() takes x: float32 or bfloat16 on the CPU, [N, C] or [N, C, H, W].
bool has_batch_norm(const at::Tensor& x);

/// y = γ (x − μ) / √(σ² + ε) + β by channel, with the batch's own moments (Ioffe and Szegedy,
/// arXiv 1502.03167, algorithm 1), and max(0, y) with `relu`: one pass for the moments and one for
/// the result, two backward. Differentiable once. `weight` and `bias`, γ and β: float32 [C].
///
/// In the work of a Team (cmc/team.h), the batch is that of all its members: they meet once on the
/// way there and once backward, and each gets the gradient of γ and β that its own rows give.
///
/// With a group, the batch is that of all its processes, in the same way. A process that has no row
/// of it takes part all the same: it gives any one row as `absent`, which counts for nothing and
/// gets no gradient.
///
/// Throws Error where the batch has fewer than two values a channel.
BatchNorm batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     double epsilon, bool relu, distributed::ProcessGroup* group = nullptr,
                     bool absent = false);

}  // namespace cmc::kernels
