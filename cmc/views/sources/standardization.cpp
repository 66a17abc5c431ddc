#include "cmc/views/sources/standardization.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "cmc/data/numbers.h"
#include "cmc/error.h"

namespace cmc::views {
namespace {

/// Welford's sums of each channel, of what is left of its first number: where all lie close
/// together and far from 0, that is exact.
class ChannelSums {
 public:
  explicit ChannelSums(std::size_t channels) : sums_(channels) {}

  /// Returns false for an infinite number, which would leave no number of the view: the mean would
  /// be infinite or NaN.
  bool add(std::size_t channel, double x) {
    Sums& own = sums_[channel];
    if (std::isnan(x)) {
      ++own.missing;
      return true;
    }
    if (own.count == 0) own.origin = x;
    ++own.count;
    const double offset = x - own.origin, away = offset - own.mean;
    own.mean += away / own.count;
    own.squares += away * (offset - own.mean);
    return std::isfinite(x);
  }

  Standardization result() const {
    Standardization result;
    for (const Sums& own : sums_) {
      // Exactly 0 where all values are equal: then x − origin is, too.
      const double deviation = own.count > 0 ? std::sqrt(own.squares / own.count) : 0;
      result.mean.push_back(own.origin + own.mean);
      result.deviation.push_back(deviation == 0 ? 1 : deviation);
      result.missing.push_back(own.missing / std::max(1.0, own.missing + own.count));
    }
    return result;
  }

 private:
  struct Sums {
    double origin = 0, count = 0, mean = 0, squares = 0, missing = 0;  // mean: of x − origin
  };
  std::vector<Sums> sums_;
};

/// Calls add(excerpt) with as much of a source's value as `choose` names, of up to `samples`
/// samples at even distances; it returns false where a number is infinite.
void visit_values(const std::string& view, const data::Dataset& dataset, std::size_t source,
                  std::int64_t samples, const data::ChooseStretch& choose,
                  const std::function<bool(const data::Excerpt&)>& add) {
  const std::int64_t n = std::min(samples, dataset.size());
  std::int64_t seen = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t index = i * (dataset.size() / n) + i * (dataset.size() % n) / n;
    data::Excerpt excerpt;
    try {
      excerpt = dataset.excerpt(index, source, {.stretch = choose});
    } catch (const UnreadableError&) {
      continue;
    }
    if (excerpt.value.empty()) continue;
    ++seen;
    if (!add(excerpt))
      fail("view \"{}\": sample \"{}\" gives an infinite number, which has no mean", view,
           dataset.name(index));
  }
  check(seen > 0, "view \"{}\": no sample of the training part has it", view);
}

/// Of the numbers of `channels` channels, each of as many numbers as each(numbers).
Standardization measure_each(const std::string& view, const data::Dataset& dataset,
                             std::size_t source, std::size_t channels, std::int64_t samples,
                             const std::function<std::size_t(const data::Numbers&)>& each) {
  ChannelSums sums(channels);
  visit_values(view, dataset, source, samples, nullptr, [&](const data::Excerpt& excerpt) {
    const data::Numbers numbers(excerpt.value);
    const std::size_t own = each(numbers);
    bool finite = true;
    for (std::size_t i = 0; i < channels * own; ++i) finite &= sums.add(i / own, numbers[i]);
    return finite;
  });
  return sums.result();
}

}  // namespace

Standardization measure(const data::Transform& plain, const data::Dataset& dataset,
                        std::int64_t samples) {
  const data::ViewShape& view = plain.views().front();
  const auto channels = static_cast<std::size_t>(view.channels);
  ChannelSums sums(channels);
  std::vector<float> row(static_cast<std::size_t>(view.numel()));
  data::Sample sample;
  sample.values.resize(dataset.sources().size());
  sample.extents.resize(dataset.sources().size());
  const auto choose = [&](std::int64_t length) { return plain.stretch(view.source, length, {}); };
  visit_values(view.name, dataset, view.source, samples, choose, [&](const data::Excerpt& excerpt) {
    sample.values[view.source] = excerpt.value;
    sample.extents[view.source] = excerpt.extent;
    float* const rows[] = {row.data()};
    plain.apply(sample, {}, rows);
    bool finite = true;
    for (std::size_t i = 0; i < row.size(); ++i) finite &= sums.add(i % channels, row[i]);
    return finite;
  });
  return sums.result();
}

Standardization measure_numbers(const std::string& view, const data::Dataset& dataset,
                                std::size_t source, std::int64_t samples) {
  const data::NumberLayout layout = data::number_layout(dataset.sources()[source]);
  return measure_each(view, dataset, source, layout.channels, samples,
                      [&](const data::Numbers&) { return layout.each; });
}

Standardization measure_channels(const std::string& view, const data::Dataset& dataset,
                                 std::size_t source, std::size_t channels, std::int64_t samples) {
  return measure_each(view, dataset, source, channels, samples,
                      [&](const data::Numbers& numbers) { return numbers.size() / channels; });
}

void check_statistics(const Standardization& known, std::size_t channels, const std::string& view) {
  const std::string what =
      fmt::format("view \"{}\": the statistics that its run keeps (fitted.json)", view);
  check(known.mean.size() == channels && known.deviation.size() == channels &&
            known.missing.size() == channels,
        "{} hold {} means, {} deviations and {} shares of missing values; {} of each were expected",
        what, known.mean.size(), known.deviation.size(), known.missing.size(), channels);
  for (std::size_t c = 0; c < channels; ++c) {
    check(std::isfinite(known.mean[c]), "{} hold {} as the mean of channel {}; it must be finite",
          what, known.mean[c], c);
    check(std::isfinite(known.deviation[c]) && known.deviation[c] > 0,
          "{} hold {} as the deviation of channel {}; it must be finite and above 0", what,
          known.deviation[c], c);
    check(known.missing[c] >= 0 && known.missing[c] <= 1,
          "{} hold {} as the share of missing values of channel {}; it must be within [0, 1]", what,
          known.missing[c], c);
  }
}

void check_disturbance(const std::string& view, double dropout, double noise) {
  check(dropout >= 0 && dropout < 1, "view \"{}\": dropout = {}: it must be within [0, 1)", view,
        dropout);
  check(noise >= 0, "view \"{}\": noise = {}: it must be 0 or more", view, noise);
}

float standardized(double x, const Standardization& known, std::size_t channel,
                   const std::string& view) {
  const auto scaled = static_cast<float>((x - known.mean[channel]) / known.deviation[channel]);
  if (std::isinf(scaled))
    throw UnreadableError(fmt::format(
        "view \"{}\": {} of channel {} lies too far from the training part's numbers ({} ± {}) for "
        "float32",
        view, x, channel, known.mean[channel], known.deviation[channel]));
  return scaled;
}

bool fits_float32(const Standardization& known) {
  constexpr double farthest = 256;
  for (std::size_t c = 0; c < known.mean.size(); ++c)
    if (std::abs(known.mean[c]) > farthest * known.deviation[c]) return false;
  return true;
}

}  // namespace cmc::views
