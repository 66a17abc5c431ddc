#include "cmc/views/sources/resolution.h"

#include <algorithm>
#include <cmath>

#include "cmc/data/numbers.h"
#include "cmc/error.h"

namespace cmc::views {
namespace {

constexpr std::int64_t most_numbers = std::int64_t{1} << 18;  // of a channel
constexpr std::int64_t most_arrays = 2000;                    // read for them
constexpr std::int64_t most_held = std::int64_t{1} << 24;     // numbers in memory at once
constexpr double share_lost = 0.01;

template <class Number>
std::size_t count_different(std::vector<Number>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  return static_cast<std::size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

/// What is not missing of channels first, …, first + count − 1 of a source, by channel, over
/// `samples` samples.
std::vector<std::vector<double>> channels_of(const data::Dataset& train, std::size_t source,
                                             const data::NumberLayout& layout, std::int64_t samples,
                                             std::size_t first, std::size_t count) {
  std::vector<std::vector<double>> numbers(count);
  const std::size_t step = (layout.each + most_numbers - 1) / most_numbers;
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t index =
        i * (train.size() / samples) + i * (train.size() % samples) / samples;
    cv::Mat value;
    try {
      value = train.value(index, source);
    } catch (const UnreadableError&) {
      continue;
    }
    if (value.empty()) continue;
    const data::Numbers stored(value);
    for (std::size_t c = 0; c < count; ++c)
      for (std::size_t p = 0; p < layout.each; p += step)
        if (const double x = stored[(first + c) * layout.each + p]; !std::isnan(x))
          numbers[c].push_back(x);
  }
  return numbers;
}

}  // namespace

std::vector<std::string> unresolved(const std::vector<SourceView>& views,
                                    const data::Dataset& train, const Standardizations& known) {
  std::vector<std::string> lines;
  for (const SourceView& view : views) {
    const data::Source& source = train.sources().at(view.source);
    if (!data::holds_numbers(source)) continue;
    const bool table = !source.columns.empty();
    const Standardization& scale = known.at(view.name);
    const data::NumberLayout layout = data::number_layout(source);
    const auto each = static_cast<std::int64_t>(layout.each);
    const std::int64_t samples = std::clamp<std::int64_t>(
        most_numbers / each, 1, std::min(train.size(), table ? most_numbers : most_arrays));
    const auto at_once =
        static_cast<std::size_t>(most_held / std::min(most_numbers, samples * each));
    for (std::size_t first = 0; first < layout.channels; first += at_once) {
      const std::size_t count = std::min(at_once, layout.channels - first);
      auto numbers = channels_of(train, view.source, layout, samples, first, count);
      for (std::size_t c = 0; c < count; ++c) {
        const std::size_t channel = first + c;
        std::vector<float> seen;
        for (const double x : numbers[c])
          seen.push_back(static_cast<float>((x - scale.mean[channel]) / scale.deviation[channel]));
        const std::size_t different = count_different(numbers[c]), left = count_different(seen);
        if (static_cast<double>(left) >= (1 - share_lost) * static_cast<double>(different))
          continue;
        lines.push_back(fmt::format(
            "view \"{}\": {} different numbers of {} become {} once standardised, which is done in "
            "float32: they lie close together beside the column's deviation, {:.4g}, or a few lie "
            "far from the rest",
            view.name, different,
            table ? fmt::format("column \"{}\"", source.columns[channel].name)
                  : fmt::format("channel {}", channel),
            left, scale.deviation[channel]));
      }
    }
  }
  return lines;
}

}  // namespace cmc::views
