#include "cmc/contrast/losses/logit_bias.h"

#include <cmath>

#include "cmc/error.h"

namespace cmc::contrast {

double initial_bias(const LogitBias& bias) {
  const auto* learned = std::get_if<LearnedBias>(&bias);
  return learned != nullptr ? learned->initial : std::get<double>(bias);
}

void check_logit_bias(const LogitBias& bias) {
  check(std::isfinite(initial_bias(bias)),
        "the bias of the sigmoid loss is {}; it must be finite, such as -10", initial_bias(bias));
}

}  // namespace cmc::contrast
