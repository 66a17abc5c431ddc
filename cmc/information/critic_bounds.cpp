#include "cmc/information/critic_bounds.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "cmc/error.h"
#include "cmc/kernels/softplus.h"

namespace cmc::information {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void check_scores(const at::Tensor& scores) {
  check(scores.defined() && scores.dim() == 2 && scores.size(0) == scores.size(1) &&
            scores.size(0) >= 2 && scores.is_floating_point(),
        "critic scores are a floating [N, N] with N ≥ 2: row i has the scores of x_i with every y");
}

/// The off-diagonal scores, −∞ on the diagonal.
at::Tensor independent_pairs(const at::Tensor& scores) {
  const at::Tensor diagonal =
      at::eye(scores.size(0), scores.options().dtype(at::kBool).requires_grad(false));
  return scores.masked_fill(diagonal, -infinity);
}

/// log mean_{i≠j} exp s_ij.
at::Tensor log_mean_independent(const at::Tensor& scores) {
  const auto n = static_cast<double>(scores.size(0));
  return at::logsumexp(independent_pairs(scores).flatten(), 0) - std::log(n * (n - 1));
}

/// Entry (i, j): log Σ_{l≠j} exp s_il. What is taken from the whole is at most half of it, but for
/// a row's largest entry, without which the others are summed anew.
at::Tensor log_sums_without_one(const at::Tensor& scores) {
  const at::Tensor all = at::logsumexp(scores, 1, /*keepdim=*/true);
  const at::Tensor largest = scores.argmax(1, /*keepdim=*/true);
  const at::Tensor others = at::logsumexp(scores.scatter(1, largest, -infinity), 1, true);
  const at::Tensor shares = at::exp(scores - all).scatter(1, largest, 0);
  return (all + at::log1p(-shares)).scatter(1, largest, others);
}

/// log(α e^a + (1 − α) e^b).
at::Tensor log_interpolate(const at::Tensor& a, const at::Tensor& b, double alpha) {
  if (alpha == 1) return a;
  if (alpha == 0) return b.expand_as(a);
  const at::Tensor one = std::log(alpha) + a, other = std::log1p(-alpha) + b;
  return other + kernels::softplus(one - other);
}

}  // namespace

at::Tensor k_pair_loss(const at::Tensor& scores) {
  check_scores(scores);
  return (at::logsumexp(scores, 1) - scores.diagonal()).mean();
}

at::Tensor k_pair_loss(const at::Tensor& positive, const at::Tensor& negative) {
  check(positive.dim() == 1 && negative.dim() == 2 && negative.size(0) == positive.size(0) &&
            negative.size(1) >= 1,
        "positive scores are [N] and negative scores [N, k] with k ≥ 1");
  return kernels::softplus(at::logsumexp(negative, 1) - positive).mean();
}

at::Tensor info_nce_bound(const at::Tensor& scores) {
  const at::Tensor loss = k_pair_loss(scores);
  return std::log(static_cast<double>(scores.size(0))) - loss;
}

at::Tensor nwj_bound(const at::Tensor& scores) {
  check_scores(scores);
  return scores.diagonal().mean() - at::exp(log_mean_independent(scores) - 1);
}

at::Tensor interpolated_bound(const at::Tensor& scores, const at::Tensor& log_baseline,
                              double alpha) {
  check_scores(scores);
  check(alpha >= 0 && alpha <= 1, "α = {}: the interpolation is between 0 and 1", alpha);
  const std::int64_t n = scores.size(0);
  check(log_baseline.dim() == 1 && log_baseline.size(0) == n,
        "the log baseline is [N] with N = {}, the rows of the scores", n);
  const at::Tensor independent = independent_pairs(scores);
  const double log_k = std::log(static_cast<double>(n - 1));
  const at::Tensor row_mean = at::logsumexp(independent, 1) - log_k;

  // The second expectation: the row's mean has x_j among its K independent entries.
  const at::Tensor baseline = log_interpolate(row_mean, log_baseline, alpha);
  const at::Tensor second =
      at::exp(at::logsumexp((independent - baseline.unsqueeze(1)).flatten(), 0) -
              std::log(static_cast<double>(n)) - log_k);
  if (alpha == 0) return 1 + (scores.diagonal() - baseline).mean() - second;

  // The first: entry (i, j) has the mean over row i without j, which keeps the positive.
  const at::Tensor all_but_one = log_sums_without_one(scores) - log_k;
  const at::Tensor first = log_interpolate(all_but_one, log_baseline.unsqueeze(1), alpha);
  const at::Tensor joint = scores.diagonal().unsqueeze(1) - first;
  const at::Tensor diagonal = at::eye(n, scores.options().dtype(at::kBool).requires_grad(false));
  const at::Tensor joint_mean =
      joint.masked_fill(diagonal, 0).sum() / static_cast<double>(n * (n - 1));
  return 1 + joint_mean - second;
}

double interpolated_ceiling(std::int64_t batch, double alpha) {
  check(batch >= 2 && alpha >= 0 && alpha <= 1, "batch = {}, α = {}: N ≥ 2 and α is within [0, 1]",
        batch, alpha);
  if (alpha == 0) return infinity;
  return std::log(static_cast<double>(batch - 1) / alpha) + (alpha < 1 ? 1.0 : 0.0);
}

at::Tensor donsker_varadhan_estimate(const at::Tensor& scores) {
  check_scores(scores);
  return scores.diagonal().mean() - log_mean_independent(scores);
}

Mine mine_estimate(const at::Tensor& scores, const at::Tensor& running_log_mean, double momentum) {
  check_scores(scores);
  check(momentum >= 0 && momentum < 1, "momentum = {}: it is within [0, 1)", momentum);
  const at::Tensor log_mean = log_mean_independent(scores);
  const at::Tensor seen = log_mean.detach();
  const at::Tensor running = running_log_mean.defined()
                                 ? at::logaddexp(std::log(momentum) + running_log_mean.detach(),
                                                 std::log1p(-momentum) + seen)
                                 : seen;
  // Its value is 0; its gradient is that of exp(log_mean)/r.
  const at::Tensor corrected = at::exp(log_mean - running);
  const at::Tensor estimate = scores.diagonal().mean() - (seen + corrected - corrected.detach());
  return {estimate, running};
}

}  // namespace cmc::information
