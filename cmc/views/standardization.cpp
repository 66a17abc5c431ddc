#include "cmc/views/standardization.h"

#include <algorithm>
#include <cmath>

#include "cmc/error.h"

namespace cmc::views {

Standardization measure(const data::Transform& plain, const data::Dataset& dataset,
                        std::int64_t samples) {
  const data::ViewShape& view = plain.views().front();
  const auto channels = static_cast<std::size_t>(view.channels);
  const std::int64_t pixels = view.height * view.width;
  const std::int64_t n = std::min(samples, dataset.size());
  // Welford's sums, which lose nothing where the mean is far from 0.
  std::vector<double> count(channels, 0), mean(channels, 0), squares(channels, 0),
      missing(channels, 0);
  std::vector<float> row(static_cast<std::size_t>(view.numel()));
  data::Sample sample;
  sample.values.resize(dataset.sources().size());
  std::int64_t seen = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t index = i * (dataset.size() / n) + i * (dataset.size() % n) / n;
    sample.index = index;
    try {
      sample.values[view.source] = dataset.value(index, view.source);
    } catch (const data::UnreadableError&) {
      continue;
    }
    if (sample.values[view.source].empty()) continue;
    float* const rows[] = {row.data()};
    plain.apply(sample, {}, rows);
    ++seen;
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::size_t c = 0; c < channels; ++c) {
        const double x = row[static_cast<std::size_t>(p) * channels + c];
        if (std::isnan(x)) {
          ++missing[c];
          continue;
        }
        // One would leave no number of the view: the mean would be infinite or NaN.
        if (std::isinf(x))
          fail("view \"{}\": sample \"{}\" gives an infinite number, which has no mean", view.name,
               dataset.name(index));
        ++count[c];
        const double away = x - mean[c];
        mean[c] += away / count[c];
        squares[c] += away * (x - mean[c]);
      }
    }
  }
  check(seen > 0, "view \"{}\": no sample of the training part has it", view.name);
  Standardization result;
  for (std::size_t c = 0; c < channels; ++c) {
    const double deviation = count[c] > 0 ? std::sqrt(squares[c] / count[c]) : 0;
    const bool constant = deviation <= 1e-6 * std::abs(mean[c]) || deviation == 0;
    result.mean.push_back(static_cast<float>(mean[c]));
    result.deviation.push_back(constant ? 1.0f : static_cast<float>(deviation));
    result.missing.push_back(static_cast<float>(missing[c] / std::max(1.0, missing[c] + count[c])));
  }
  return result;
}

}  // namespace cmc::views
