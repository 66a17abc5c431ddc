#pragma once

#include <cstdint>

#include "cmc/contrast/losses/loss_values.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of the logistic form of noise-contrastive estimation (NT-Logistic in Chen et al. 2020,
/// table 2).
struct LogisticOptions {
  Temperature temperature = 0.07;
};

/// Options of the paper's noise-contrastive estimation (Tian et al. 2019, section 3.4 and its
/// authors' code).
struct NceOptions {
  Temperature temperature = 0.07;
  /// How much of the running log Z stays at each update.
  double momentum = 0.99;
};

/// −log σ(s⁺/τ) − Σ_i log σ(−s_i⁻/τ).
LossValues logistic_nce(const Similarities& similarities, const at::Tensor& temperature);

/// −log [P⁺ / (P⁺ + k p_n)] − Σ_i log [k p_n / (P_i⁻ + k p_n)],  P = exp(s/τ)/Z, p_n = 1/n.
///
/// Both terms have a minus sign: the probability that the positive is data and that each negative
/// is noise are both to grow. (Printed forms often lose the second.) `log_z`: scalar, log of the
/// normalising constant, without gradient; `n`: how many samples the noise is uniform over.
LossValues nce(const Similarities& similarities, const at::Tensor& temperature,
               const at::Tensor& log_z, std::int64_t n);

/// What a batch says of log Z = log Σ_{i=1}^n exp(s_i/τ) ≈ log n + log mean exp(s⁻/τ): scalar,
/// without gradient, NaN where there is no negative. It lies within log n ± 1/τ, since cosines are
/// bounded.
at::Tensor estimate_log_z(const Similarities& similarities, const at::Tensor& temperature,
                          std::int64_t n);

/// The running estimate: the batch's where there is none yet (NaN), else momentum · running +
/// (1 − momentum) · batch, in log space; unchanged where the batch says nothing (NaN).
at::Tensor running_log_z(const at::Tensor& running, const at::Tensor& batch, double momentum);

}  // namespace cmc::contrast
