#include "cmc/evaluation/total_correlation.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/evaluation/golden_section.h"
#include "cmc/information/tuple_influence.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

/// The views of all samples in a random order, so that those of one tuple have nothing in common.
std::vector<at::Tensor> shuffled_views(const std::vector<at::Tensor>& views, std::uint64_t seed) {
  check(views.size() >= 2, "total correlation is that of two views or more, not {}", views.size());
  const std::int64_t n = views[0].size(0);
  const std::int64_t least = least_tuple_samples(static_cast<std::int64_t>(views.size()));
  check(n >= least, "{} samples; a bound on what {} views share together needs at least {}", n,
        views.size(), least);
  const at::Tensor order =
      at::tensor(permutation(n, RandomStream(RandomPurpose::information_tuples, seed)), at::kLong);
  std::vector<at::Tensor> shuffled;
  for (const at::Tensor& view : views) {
    check(view.dim() == 2 && view.sizes() == views[0].sizes(),
          "the views' embeddings are [N, D], of one shape");
    shuffled.push_back(view.index_select(0, order));
  }
  return shuffled;
}

std::vector<at::Tensor> part_of(const std::vector<at::Tensor>& views, std::int64_t first,
                                std::int64_t samples) {
  std::vector<at::Tensor> part;
  for (const at::Tensor& view : views) part.push_back(view.narrow(0, first, samples));
  return part;
}

}  // namespace

std::int64_t least_tuple_samples(std::int64_t views) {
  return 3 * (views - 1);
}

std::vector<InformationPoint> total_correlation_curve(const std::vector<at::Tensor>& views,
                                                      const CurveOptions& options) {
  const std::vector<at::Tensor> shuffled = shuffled_views(views, options.seed);
  const std::int64_t n = shuffled[0].size(0);
  const auto block = static_cast<std::int64_t>(views.size()) - 1;
  const std::int64_t most = n / block - 1;
  check(options.largest_k >= 0 && options.largest_k <= most,
        "k = {}: {} held-out samples leave at most {} tuples of {} views as negatives",
        options.largest_k, n, most, block);
  const std::vector<std::int64_t> ks =
      doubling(options.smallest_k, options.largest_k > 0 ? options.largest_k : most);
  std::vector<InformationPoint> curve;
  double done = 0, work = 0;  // a batch's scores grow with its square
  for (const std::int64_t k : ks) work += static_cast<double>(k);
  for (const std::int64_t k : ks) {
    const std::int64_t size = (k + 1) * block, batches = n / size;
    std::vector<at::Tensor> influences;
    for (std::int64_t batch = 0; batch < batches; ++batch)
      influences.push_back(
          information::tuple_influence(part_of(shuffled, batch * size, size), options.temperature));
    curve.push_back(information_point(k, batches, at::cat(influences)));
    done += static_cast<double>(k);
    if (options.progress) options.progress(done / work);
  }
  return curve;
}

double fit_tuple_temperature(const std::vector<at::Tensor>& views, std::uint64_t seed) {
  const std::vector<at::Tensor> shuffled = shuffled_views(views, seed);
  const auto block = static_cast<std::int64_t>(views.size()) - 1;
  const std::vector<at::Tensor> batch = part_of(shuffled, 0, shuffled[0].size(0) / block * block);
  const double scale = std::sqrt(
      information::own_tuple_scores(batch).to(at::kDouble).square().mean().item<double>());
  if (scale == 0) return 1;
  const auto value = [&](double log_temperature) {
    return -information::tuple_influence(batch, std::exp(log_temperature)).mean().item<double>();
  };
  const double middle = std::log(scale), reach = std::log(100.0);
  return std::exp(where_largest(value, middle - reach, middle + reach, 0.02));
}

}  // namespace cmc::evaluation
