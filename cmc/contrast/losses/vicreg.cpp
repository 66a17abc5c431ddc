#include "cmc/contrast/losses/vicreg.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/contrast/losses/read_as_k_pair.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

/// bfloat16 rounds a covariance to three digits: sums in float32.
at::Tensor summable(const at::Tensor& z) {
  return z.scalar_type() == at::kBFloat16 ? z.to(at::kFloat) : z;
}

at::Tensor variance_term(const at::Tensor& centred, const VicRegOptions& options) {
  const at::Tensor variance =
      centred.square().sum(0) / static_cast<double>(centred.size(0) - 1) + options.epsilon;
  return at::relu(options.target - variance.sqrt()).mean();
}

at::Tensor covariance_term(const at::Tensor& centred) {
  const at::Tensor covariance = centred.t().mm(centred) / static_cast<double>(centred.size(0) - 1);
  return covariance.square().fill_diagonal_(0).sum() / static_cast<double>(centred.size(1));
}

}  // namespace

void check_options(const VicRegOptions& options) {
  const auto check_weight = [](double weight, const char* name) {
    check(std::isfinite(weight) && weight >= 0,
          "VICReg's {} is {}; it must be finite and not negative", name, weight);
  };
  check_weight(options.invariance, "weight of the invariance");
  check_weight(options.variance, "weight of the variance");
  check_weight(options.covariance, "weight of the covariance");
  check_weight(options.target, "target of the standard deviation");
  check(std::isfinite(options.epsilon) && options.epsilon > 0,
        "VICReg's epsilon is {}; it must be finite and positive, or a constant dimension has no "
        "gradient",
        options.epsilon);
}

std::vector<DirectionScores> score(const VicRegOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  const VicRegTerms terms = vicreg_terms(candidates.anchors, candidates.positives, options);
  return halves_of(options.invariance * terms.invariance + options.variance * terms.variance +
                       options.covariance * terms.covariance,
                   candidates, temperature);
}

VicRegTerms vicreg_terms(const at::Tensor& z, const at::Tensor& other,
                         const VicRegOptions& options) {
  check_options(options);
  check(z.dim() == 2 && z.sizes() == other.sizes() && z.size(0) >= 2,
        "VICReg takes two views' embeddings [N, D] of one shape, N ≥ 2");
  const at::Tensor x = summable(z), y = summable(other);
  const at::Tensor centred_x = x - x.mean(0), centred_y = y - y.mean(0);
  return {.invariance = (x - y).square().mean(1),
          .variance = variance_term(centred_x, options) + variance_term(centred_y, options),
          .covariance = covariance_term(centred_x) + covariance_term(centred_y)};
}

}  // namespace cmc::contrast
