#include "studies/value_bins.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "cmc/error.h"

namespace cmc::studies {
namespace {

at::Tensor averaged_down(const at::Tensor& view) {
  return at::adaptive_avg_pool2d(view, {std::min(ValueBins::side, view.size(2)),
                                        std::min(ValueBins::side, view.size(3))})
      .flatten(1);
}

}  // namespace

ValueBins::ValueBins(const at::Tensor& sample) {
  const std::int64_t n = sample.size(0);
  check(n >= count, "{} samples: {} bins need as many", n, count);
  const at::Tensor sorted = std::get<0>(averaged_down(sample).sort(0));
  std::vector<at::Tensor> bounds;
  for (std::int64_t bin = 1; bin < count; ++bin) bounds.push_back(sorted[bin * n / count]);
  bounds_ = at::stack(bounds, 1);
}

at::Tensor ValueBins::operator()(const at::Tensor& view) const {
  return (averaged_down(view).unsqueeze(2) >= bounds_).sum(2);
}

}  // namespace cmc::studies
