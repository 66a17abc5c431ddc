#include "cmc/information/tuple_influence.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"

namespace cmc::information {
namespace {

constexpr std::int64_t anchor_rows = 512;

std::vector<at::Tensor> units_of(const std::vector<at::Tensor>& views) {
  std::vector<at::Tensor> units;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::string name = fmt::format("view {}", v);
    kernels::check_same(views[0], views[v], "view 0", name);
    units.push_back(kernels::unit_rows(views[v], name));
  }
  return units;
}

at::Tensor scores_of_own(const std::vector<at::Tensor>& units) {
  at::Tensor product = units[0];
  for (std::size_t v = 1; v < units.size(); ++v) product = product * units[v];
  return product.sum(1);
}

/// The tuple of each block for anchors in one view: [k + 1, D].
at::Tensor tuples_for(const std::vector<at::Tensor>& units, std::size_t anchor) {
  const auto others = static_cast<std::int64_t>(units.size()) - 1;
  at::Tensor tuples;
  std::int64_t place = 0;
  for (std::size_t v = 0; v < units.size(); ++v) {
    if (v == anchor) continue;
    const at::Tensor factor = units[v].reshape({-1, others, units[v].size(1)}).select(1, place++);
    tuples = tuples.defined() ? tuples * factor : factor;
  }
  return tuples;
}

/// The influences with the anchors in one view. `positive`: [n], s⁺/τ.
at::Tensor influence_of(const std::vector<at::Tensor>& units, std::size_t anchor,
                        const at::Tensor& positive, double temperature) {
  const at::Tensor x = units[anchor] / temperature, tuples = tuples_for(units, anchor);
  const std::int64_t n = x.size(0), blocks = tuples.size(0), block = n / blocks;
  at::Tensor losses = at::empty({n}, at::kDouble), as_negative = at::zeros({blocks}, at::kDouble);
  for (std::int64_t begin = 0; begin < n; begin += anchor_rows) {
    const std::int64_t rows = std::min(anchor_rows, n - begin);
    const at::Tensor own = positive.narrow(0, begin, rows);
    at::Tensor scores = at::mm(x.narrow(0, begin, rows), tuples.t());
    scores.scatter_(
        1, at::floor_divide(at::arange(begin, begin + rows, at::kLong), block).unsqueeze(1),
        -std::numeric_limits<double>::infinity());
    const at::Tensor loss = kernels::softplus(at::logsumexp(scores, 1) - own);
    losses.narrow(0, begin, rows).copy_(loss);
    as_negative += scores.sub_((own + loss).unsqueeze(1)).exp_().sum(0, false, at::kDouble);
  }
  const at::Tensor missed = -at::expm1(-losses);  // 1 − e^{−ℓ}: what an anchor gives to negatives
  const auto by_block = [&](const at::Tensor& of) { return of.view({blocks, block}).sum(1); };
  return (by_block(losses) + as_negative -
          (missed.sum() - by_block(missed)) / static_cast<double>(blocks - 1)) /
         static_cast<double>(block);
}

}  // namespace

at::Tensor own_tuple_scores(const std::vector<at::Tensor>& views) {
  check(views.size() >= 2, "a tuple is of two views or more, not {}", views.size());
  return scores_of_own(units_of(views));
}

at::Tensor tuple_influence(const std::vector<at::Tensor>& views, double temperature) {
  const at::NoGradGuard no_grad;
  check(views.size() >= 2, "a tuple is of two views or more, not {}", views.size());
  kernels::check_temperature(temperature);
  const std::vector<at::Tensor> units = units_of(views);
  const auto block = static_cast<std::int64_t>(views.size()) - 1;
  const std::int64_t n = units[0].size(0);
  check(n % block == 0 && n >= 2 * block,
        "{} samples of {} views: a batch is two blocks or more of {} samples each", n, views.size(),
        block);
  const at::Tensor positive = scores_of_own(units) / temperature;
  at::Tensor sum = at::zeros({n / block}, at::kDouble);
  for (std::size_t anchor = 0; anchor < views.size(); ++anchor)
    sum += influence_of(units, anchor, positive, temperature);
  return sum / static_cast<double>(views.size());
}

}  // namespace cmc::information
