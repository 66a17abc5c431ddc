#include "cmc/evaluation/information_curve.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/error.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/information/info_nce.h"
#include "cmc/kernels/contrast.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

constexpr std::int64_t enough_batches = 8;
constexpr std::int64_t jackknife_groups = 10;

/// log(k + 1) − L of both directions.
struct Values {
  double forward = 0, backward = 0;
};

Values values_of(const at::Tensor& a, const at::Tensor& b, double temperature) {
  const kernels::SymmetricContrast contrast =
      kernels::contrast(a, b, at::full({}, temperature, at::kDouble));
  const auto k = static_cast<double>(a.size(0) - 1);
  const auto value = [&](const at::Tensor& losses) {
    return information::info_nce(k, losses.to(at::kDouble).mean().item<double>()).tight_bound;
  };
  return {value(contrast.rows), value(contrast.columns)};
}

/// Both views of shuffled samples.
struct Samples {
  at::Tensor a, b;

  Samples part(std::int64_t begin, std::int64_t count) const {
    return {a.narrow(0, begin, count), b.narrow(0, begin, count)};
  }
  /// Without one sample in `groups`.
  Samples without(std::int64_t group, std::int64_t groups) const {
    const at::Tensor kept =
        at::nonzero(at::arange(a.size(0), at::kLong) % groups != group).view(-1);
    return {a.index_select(0, kept), b.index_select(0, kept)};
  }
};

InformationPoint point(std::int64_t k, const information::ConfidenceInterval& interval,
                       std::int64_t batches, const char* from) {
  const auto at_k = information::info_nce(static_cast<double>(k), 0);
  return {.k = k,
          .bound = interval.mean - (at_k.tight_bound - at_k.bound),
          .tight_bound = interval.mean,
          .low = interval.low,
          .high = interval.high,
          .ceiling = at_k.ceiling,
          .batches = batches,
          .interval = from};
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// One k: the mean over batches, and an interval.
void add_points(const Samples& samples, std::int64_t k, double temperature,
                InformationCurves& curves) {
  const std::int64_t size = k + 1, batches = samples.a.size(0) / size;
  std::vector<double> forward, backward;
  for (std::int64_t b = 0; b < batches; ++b) {
    const Samples batch = samples.part(b * size, size);
    const Values values = values_of(batch.a, batch.b, temperature);
    forward.push_back(values.forward);
    backward.push_back(values.backward);
  }
  if (batches >= enough_batches) {
    curves.forward.push_back(
        point(k, information::confidence_interval(forward), batches, "batches"));
    curves.backward.push_back(
        point(k, information::confidence_interval(backward), batches, "batches"));
    return;
  }
  const std::int64_t groups = std::min(jackknife_groups, size / 2);
  if (groups < 2) {
    const auto whole = [&](const std::vector<double>& values) {
      constexpr double nan = std::numeric_limits<double>::quiet_NaN();
      return information::ConfidenceInterval{mean_of(values), nan, nan, nan, batches};
    };
    curves.forward.push_back(point(k, whole(forward), batches, "none"));
    curves.backward.push_back(point(k, whole(backward), batches, "none"));
    return;
  }
  std::vector<double> forward_without, backward_without;
  for (std::int64_t g = 0; g < groups; ++g) {
    Values mean;
    for (std::int64_t b = 0; b < batches; ++b) {
      const Samples rest = samples.part(b * size, size).without(g, groups);
      const Values values = values_of(rest.a, rest.b, temperature);
      mean.forward += values.forward / static_cast<double>(batches);
      mean.backward += values.backward / static_cast<double>(batches);
    }
    forward_without.push_back(mean.forward);
    backward_without.push_back(mean.backward);
  }
  curves.forward.push_back(point(
      k, information::jackknife_interval(mean_of(forward), forward_without), batches, "jackknife"));
  curves.backward.push_back(
      point(k, information::jackknife_interval(mean_of(backward), backward_without), batches,
            "jackknife"));
}

}  // namespace

InformationCurves information_curves(const at::Tensor& a, const at::Tensor& b,
                                     const CurveOptions& options) {
  check(a.dim() == 2 && a.sizes() == b.sizes(), "the views' embeddings are [N, D], of one shape");
  const std::int64_t n = a.size(0);
  check(n >= 3, "{} held-out samples; a bound needs at least 3", n);
  check(options.largest_k >= 0 && options.largest_k < n,
        "k = {}: {} held-out samples leave at most {} negatives", options.largest_k, n, n - 1);
  check(options.smallest_k >= 1, "the first k is {}; it is at least 1", options.smallest_k);
  const std::int64_t last = options.largest_k > 0 ? options.largest_k : n - 1;
  const at::Tensor order = at::tensor(permutation(n, RandomStream(options.seed)), at::kLong);
  const Samples samples{a.index_select(0, order), b.index_select(0, order)};
  InformationCurves curves;
  std::vector<std::int64_t> ks;
  for (std::int64_t k = options.smallest_k; k < last; k *= 2) ks.push_back(k);
  ks.push_back(last);
  double done = 0, work = 0;  // a batch's scores grow with its square
  for (const std::int64_t k : ks) work += static_cast<double>(k);
  for (const std::int64_t k : ks) {
    add_points(samples, k, options.temperature, curves);
    done += static_cast<double>(k);
    if (options.progress) options.progress(done / work);
  }
  return curves;
}

double fit_critic_temperature(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor rows = evenly_spaced(a.size(0), 2048);
  const at::Tensor first = a.index_select(0, rows), second = b.index_select(0, rows);
  const auto value = [&](double log_temperature) {
    const Values both = values_of(first, second, std::exp(log_temperature));
    return both.forward + both.backward;
  };
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.01), high = std::log(2.0);
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = value(left), at_right = value(right);
  while (high - low > 0.02) {
    if (at_left > at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = value(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = value(right);
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace cmc::evaluation
