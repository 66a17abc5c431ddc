#include "cmc/evaluation/information_curve.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/evaluation/golden_section.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/information/info_nce.h"
#include "cmc/information/sample_influence.h"
#include "cmc/information/unseen_sample.h"
#include "cmc/kernels/contrast.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

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

}  // namespace

InformationPoint information_point(std::int64_t k, std::int64_t batches,
                                   const at::Tensor& influences) {
  const auto at_k = information::info_nce(static_cast<double>(k), 0);
  const at::Tensor values = at_k.ceiling - influences;
  const information::ConfidenceInterval interval = information::skewed_interval(
      {values.data_ptr<double>(), static_cast<std::size_t>(values.numel())});
  return {.k = k,
          .bound = interval.mean - (at_k.tight_bound - at_k.bound),
          .tight_bound = interval.mean,
          .low = information::low_with_unseen_sample(interval),
          .high = std::min(interval.high, at_k.ceiling),
          .ceiling = at_k.ceiling,
          .batches = batches};
}

std::vector<std::int64_t> doubling(std::int64_t smallest, std::int64_t last) {
  check(smallest >= 1, "the first k is {}; it is at least 1", smallest);
  std::vector<std::int64_t> ks;
  for (std::int64_t k = smallest; k < last; k *= 2) ks.push_back(k);
  ks.push_back(last);
  return ks;
}

InformationCurves information_curves(const at::Tensor& a, const at::Tensor& b,
                                     const CurveOptions& options) {
  check(a.dim() == 2 && a.sizes() == b.sizes(), "the views' embeddings are [N, D], of one shape");
  const std::int64_t n = a.size(0);
  check(n >= 3, "{} held-out samples; a bound needs at least 3", n);
  check(options.largest_k >= 0 && options.largest_k < n,
        "k = {}: {} held-out samples leave at most {} negatives", options.largest_k, n, n - 1);
  const std::int64_t last = options.largest_k > 0 ? options.largest_k : n - 1;
  const at::Tensor order = at::tensor(
      permutation(n, RandomStream(RandomPurpose::information_batches, options.seed)), at::kLong);
  const at::Tensor first = a.index_select(0, order), second = b.index_select(0, order);
  InformationCurves curves;
  const std::vector<std::int64_t> ks = doubling(options.smallest_k, last);
  double done = 0, work = 0;  // a batch's scores grow with its square
  for (const std::int64_t k : ks) work += static_cast<double>(k);
  for (const std::int64_t k : ks) {
    const std::int64_t size = k + 1, batches = n / size;
    std::vector<at::Tensor> rows, columns;
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      const information::SampleInfluence influence =
          information::sample_influence(first.narrow(0, batch * size, size),
                                        second.narrow(0, batch * size, size), options.temperature);
      rows.push_back(influence.rows);
      columns.push_back(influence.columns);
    }
    curves.forward.push_back(information_point(k, batches, at::cat(rows)));
    curves.backward.push_back(information_point(k, batches, at::cat(columns)));
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
  return std::exp(where_largest(value, std::log(0.01), std::log(2.0), 0.02));
}

}  // namespace cmc::evaluation
