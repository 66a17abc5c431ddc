#include "cmc/contrast/losses/barlow_twins.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/contrast/losses/read_as_k_pair.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

/// Columns of mean 0 and variance 1, in float32 where they are bfloat16.
at::Tensor standardised(const at::Tensor& z) {
  const at::Tensor x = z.scalar_type() == at::kBFloat16 ? z.to(at::kFloat) : z;
  const at::Tensor centred = x - x.mean(0);
  return centred / (centred.square().mean(0) + 1e-5).sqrt();
}

}  // namespace

void check_options(const BarlowTwinsOptions& options) {
  check(std::isfinite(options.redundancy) && options.redundancy >= 0,
        "the weight of Barlow Twins' redundancy is {}; it must be finite and not negative",
        options.redundancy);
}

std::vector<DirectionScores> score(const BarlowTwinsOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& /*state*/) {
  const at::Tensor loss = barlow_twins(candidates.anchors, candidates.positives, options);
  return halves_of(loss.expand({candidates.anchors.size(0)}), candidates, temperature);
}

at::Tensor barlow_twins(const at::Tensor& z, const at::Tensor& other,
                        const BarlowTwinsOptions& options) {
  check_options(options);
  check(z.dim() == 2 && z.sizes() == other.sizes() && z.size(0) >= 2,
        "Barlow Twins takes two views' embeddings [N, D] of one shape, N ≥ 2");
  const at::Tensor correlation =
      standardised(z).t().mm(standardised(other)) / static_cast<double>(z.size(0));
  return (1 - correlation.diagonal()).square().sum() +
         options.redundancy * correlation.square().fill_diagonal_(0).sum();
}

}  // namespace cmc::contrast
