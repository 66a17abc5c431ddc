#pragma once

#include <torch/nn/module.h>

#include <cstdint>

namespace cmc::contrast {

/// θ_target ← m · θ_target + (1 − m) · θ_source for each parameter (He et al. 2020, MoCo, eq. 2); m
/// = 0 copies them. Running statistics of norms stay as the target's own forward passes made them.
/// Throws Error where the parameters' names or shapes differ or m is not in [0, 1].
void momentum_update(torch::nn::Module& target, const torch::nn::Module& source, double momentum);

/// m at a step t, counted from 0: `momentum`, but at most (1 + t) / (10 + t), as averages of
/// weights usually start (TensorFlow's ExponentialMovingAverage), so that the first encoder is
/// forgotten however short the training is.
double momentum_at(double momentum, std::int64_t step);

}  // namespace cmc::contrast
