#pragma once

#include <variant>

namespace cmc::contrast {

/// b that is learned with the encoders, as the parameter itself.
struct LearnedBias {
  double initial = -10;
};

/// b of the log odds s/τ + b that two embeddings are of one sample: a fixed one (a plain number) or
/// a learned one.
using LogitBias = std::variant<double, LearnedBias>;

/// The fixed b, or the initial one of a learned b.
double initial_bias(const LogitBias& bias);

/// Throws Error unless that is finite.
void check_logit_bias(const LogitBias& bias);

}  // namespace cmc::contrast
