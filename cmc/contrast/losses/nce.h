#pragma once

#include <cstdint>
#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/temperature.h"

namespace torch::nn {
class Module;
}

namespace cmc::contrast {

/// Options of the paper's noise-contrastive estimation (Tian et al. 2019, section 3.4 and its
/// authors' code).
struct NceOptions {
  Temperature temperature = 0.07;
  /// How much of the running log Z stays at each update.
  double momentum = 0.99;
};

/// Throws Error unless the momentum is in [0, 1).
void check_options(const NceOptions& options);

/// The running log Z of each pair of views as a buffer of `owner`, "log_z".
void register_state(const NceOptions& options, std::int64_t views, std::uint64_t seed,
                    LossState& state, torch::nn::Module& owner);

/// With the state's running log Z, of which it notes what this batch says.
std::vector<DirectionScores> score(const NceOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The loss of each anchor, [A]:
///
///   −log [P⁺ / (P⁺ + k p_n)] − Σ_i log [k p_n / (P_i⁻ + k p_n)],  P = exp(s/τ)/Z, p_n = 1/n.
///
/// Both terms have a minus sign: the probability that the positive is data and that each negative
/// is noise are both to grow. (Printed forms often lose the second.) `log_z`: scalar, log of the
/// normalising constant, without gradient; `n`: how many samples the noise is uniform over.
at::Tensor nce(const Similarities& similarities, const at::Tensor& temperature,
               const at::Tensor& log_z, std::int64_t n);

}  // namespace cmc::contrast
