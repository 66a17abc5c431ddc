#pragma once

#include <ATen/core/Tensor.h>

namespace cmc::kernels {

/// log(1 + exp(x)), to the last places for any x: large ones, where it is x + exp(−x) and exp(x)
/// leaves the range, and small ones, where it is exp(x) and 1 + exp(x) loses it.
double softplus(double x);

/// The same of every entry, differentiable. at::softplus is x itself from 20 on, unless asked
/// otherwise, and errs by 2e-9 there.
at::Tensor softplus(const at::Tensor& x);

}  // namespace cmc::kernels
