#include "cmc/kernels/cpu/symmetric_figures.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "cmc/kernels/cpu/anchor_figures.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

/// of(i) for each i < n.
template <class Of>
std::vector<double> each(std::int64_t n, const Of& of) {
  std::vector<double> values(n);
  at::parallel_for(0, n, few_anchors, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) values[i] = of(i);
  });
  return values;
}

}  // namespace

std::int64_t negative_pairs(std::int64_t n, const ExcludedPairs& excluded) {
  std::int64_t pairs = n * (n - 1) - excluded.size();
  for (std::int64_t i = 0; i < n && excluded.size() > 0; ++i)
    pairs += static_cast<std::int64_t>(excluded.columns(i, i, i + 1).size());
  return pairs;
}

double mean_negative(const at::Tensor& a, const at::Tensor& b, const std::vector<double>& positive,
                     const ExcludedPairs& excluded, std::int64_t pairs) {
  const auto n = static_cast<std::int64_t>(positive.size());
  double sum = a.sum(0, false, at::kFloat).dot(b.sum(0, false, at::kFloat)).item<double>();
  for (const double s : positive) sum -= s;
  for (std::int64_t i = 0; i < n && excluded.size() > 0; ++i)
    for (const std::int64_t j : excluded.columns(i, 0, n))
      if (i != j) sum -= row_product(a, i, b, j);
  return sum / static_cast<double>(pairs);
}

std::vector<double> side_log_odds(const NegativeFigures& side, const std::vector<double>& positive,
                                  const ScoreScale& scale) {
  return each(static_cast<std::int64_t>(positive.size()), [&](std::int64_t i) {
    return log_odds(side.sum[i], side.largest[i], positive[i], scale);
  });
}

std::vector<double> softplus_of(const std::vector<double>& log_odds) {
  return each(static_cast<std::int64_t>(log_odds.size()),
              [&](std::int64_t i) { return softplus(log_odds[i]); });
}

at::Tensor hardest_of(const NegativeFigures& side, std::int64_t n) {
  at::Tensor values = at::empty({n}, at::kFloat);
  auto* out = values.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) out[i] = hardest(side.largest[i]);
  return values;
}

at::Tensor as_floats(const std::vector<double>& values) {
  at::Tensor floats = at::empty({static_cast<std::int64_t>(values.size())}, at::kFloat);
  std::copy(values.begin(), values.end(), floats.data_ptr<float>());
  return floats;
}

std::vector<double> as_doubles(const at::Tensor& gradient, std::size_t n) {
  std::vector<double> values(n, 0.0);
  if (!gradient.defined()) return values;
  const at::Tensor held = gradient.detach().to(at::kCPU, at::kDouble).contiguous();
  std::copy_n(held.data_ptr<double>(), n, values.begin());
  return values;
}

}  // namespace cmc::kernels
