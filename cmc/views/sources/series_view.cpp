#include "cmc/views/sources/series_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "cmc/data/numbers.h"
#include "cmc/error.h"
#include "cmc/views/pictures/shades.h"
#include "cmc/views/sources/series_changes.h"

namespace cmc::views {
namespace {

constexpr std::int64_t longest = 1 << 20;

std::int64_t length_of(const SeriesViewOptions& o) {
  return o.rate > 0 ? std::llround(o.rate * o.seconds) : o.length;
}

void check_options(const std::string& name, const SeriesViewOptions& o) {
  const auto within = [&](const char* option, double value, double low, double high) {
    check(value >= low && value <= high, "view \"{}\": {} = {}: it must be within [{}, {}]", name,
          option, value, low, high);
  };
  check(o.rate >= 0, "view \"{}\": rate = {}: it must be 0 or more", name, o.rate);
  if (o.rate > 0)
    check(o.seconds > 0 && o.rate * o.seconds >= 1.5 && o.rate * o.seconds <= longest,
          "view \"{}\": seconds = {} at rate = {} are {} time steps: 2 to {} were expected", name,
          o.seconds, o.rate, o.rate * o.seconds, longest);
  else
    within("length", static_cast<double>(o.length), 2, longest);
  check(o.crop > 0 && o.crop <= 1, "view \"{}\": crop = {}: it must be within (0, 1]", name,
        o.crop);
  within("warp", o.warp, 0, 10);
  within("angle", o.angle, 0, 180);
  within("segments", static_cast<double>(o.segments), 1, 1000);
  within("scaling", o.scaling, 0, 10);
  check_disturbance(name, o.channel_dropout, o.noise);
}

/// The places of the three channels of "first..last".
std::array<std::size_t, 3> axes_of(const std::string& group, const ViewOrigin& origin) {
  std::vector<std::string> names;
  for (const data::TableColumn& channel : origin.source.columns) names.push_back(channel.name);
  const std::size_t dots = group.find("..");
  const auto place = [&](const std::string& name) {
    const auto found = std::ranges::find(names, name);
    check(found != names.end(),
          "view \"{}\": rotation = \"{}\": there is no channel \"{}\"; the nearest is \"{}\"",
          origin.name, group, name, nearest_name(name, names));
    return static_cast<std::size_t>(found - names.begin());
  };
  const std::size_t first = place(group.substr(0, dots));
  const std::size_t last = dots == std::string::npos ? first : place(group.substr(dots + 2));
  check(last == first + 2,
        "view \"{}\": rotation = \"{}\": three channels, one behind the other, were expected, such "
        "as \"x..z\"",
        origin.name, group);
  return {first, first + 1, last};
}

class SeriesView : public PortableTransform {
 public:
  SeriesView(const SeriesViewOptions& options, const ViewOrigin& origin, Mode mode,
             const Standardization& known)
      : options_(options),
        train_(mode == Mode::train),
        channels_(origin.source.columns.size()),
        length_(length_of(options)),
        known_(known),
        raw_type_(fits_float32(known) ? at::kFloat : at::kDouble) {
    check_statistics(known_, channels_, origin.name);
    for (const std::string& group : options.rotation) groups_.push_back(axes_of(group, origin));
    const auto channels = static_cast<std::int64_t>(channels_);
    views_.push_back({.name = origin.name,
                      .channels = channels + 1,
                      .height = 1,
                      .width = length_,
                      .source = origin.place,
                      .masked = true});
    mean_ = at::tensor(known_.mean, raw_type_).reshape({channels, 1});
    deviation_ = at::tensor(known_.deviation, raw_type_).reshape({channels, 1});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const data::ViewShape& shape = views_[0];
    const cv::Mat& value = sample.values[shape.source];
    if (value.empty()) return;
    RandomStream stream = key.stream(0);
    std::vector<std::vector<double>> window = take(value, stream);
    if (train_ && !groups_.empty()) rotate(window, stream);
    const std::size_t count = window.front().size();
    std::fill_n(rows[0], shape.numel(), 0.0f);
    for (std::size_t t = 0; t < count; ++t) {
      float* const step = rows[0] + t * (channels_ + 1);
      for (std::size_t c = 0; c < channels_; ++c)
        step[c] = std::isnan(window[c][t]) ? 0 : standardized(window[c][t], known_, c, shape.name);
      step[channels_] = 1;
    }
    if (train_) disturb(rows[0], count, stream);
  }

  cv::Mat show(std::size_t, const float* row) const override {
    return lines(row, channels_, static_cast<std::size_t>(length_));
  }

  RawInput raw_input(std::size_t) const override {
    return {
        .name = "series",
        .type = raw_type_,
        .shape = {static_cast<std::int64_t>(channels_), length_},
        .description = fmt::format(
            "{0} [N, {1}, {2}]: N series of {1} channels × {2} time steps, gaps filled "
            "linearly, at the ends by the nearest; of a longer series its middle, a shorter one "
            "with NaN in all channels behind its end",
            raw_type_ == at::kDouble ? "float64" : "float32", channels_, length_)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& series) const override {
    const at::Tensor x = series.sub(mean_).div(deviation_).to(at::kFloat), lacks = x.isnan();
    const at::Tensor there =
        lacks.to(at::kFloat).mul(-1.0).add(1.0).sum({1}, true).gt(0.5).to(at::kFloat);
    return at::cat({x.masked_fill(lacks, 0.0), there}, 1).unsqueeze(2);
  }

  std::string formula(std::size_t) const override {
    return fmt::format(
        "{} channels: the series', (x − mean) / deviation of each (the metadata's "
        "\"standardization\"){}, 0 where x is NaN; the last is 1 at time steps with a number, 0 in "
        "the padding",
        channels_ + 1, raw_type_ == at::kDouble ? ", computed in float64" : "");
  }

 private:
  /// The window, channel by channel, without gaps.
  std::vector<std::vector<double>> take(const cv::Mat& value, RandomStream& stream) const {
    const data::Numbers numbers(value);
    const auto steps = numbers.size() / channels_;
    check(channels_ * steps == numbers.size() && value.rows == static_cast<int>(channels_),
          "view \"{}\": a series of {} channels where {} were expected", views_[0].name, value.rows,
          channels_);
    std::size_t count = std::min(steps, static_cast<std::size_t>(length_));
    if (train_ && options_.crop < 1) {
      const double lasts = static_cast<double>(steps) * stream.uniform(options_.crop, 1);
      count = std::clamp<std::size_t>(static_cast<std::size_t>(std::llround(lasts)), 2, count);
    }
    const std::size_t room = steps - count;
    const std::size_t first =
        train_ ? static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(room) + 1))
               : room / 2;
    const std::vector<double> places = train_ && options_.warp > 0
                                           ? warped_places(count, options_.warp, stream)
                                           : std::vector<double>();
    std::vector<double> filled(steps);
    std::vector<std::vector<double>> window(channels_);
    for (std::size_t c = 0; c < channels_; ++c) {
      for (std::size_t t = 0; t < steps; ++t) filled[t] = numbers[c * steps + t];
      fill_gaps(filled);
      const std::span<const double> taken = std::span(filled).subspan(first, count);
      if (places.empty()) {
        window[c].assign(taken.begin(), taken.end());
        continue;
      }
      for (const double place : places) window[c].push_back(value_at(taken, place));
    }
    return window;
  }

  void rotate(std::vector<std::vector<double>>& window, RandomStream& stream) const {
    const std::array<double, 9> turn = random_rotation(options_.angle, stream);
    for (const std::array<std::size_t, 3>& axes : groups_) {
      // Without gaps a channel is all numbers, or has none to turn.
      if (std::ranges::any_of(axes, [&](std::size_t c) { return std::isnan(window[c][0]); }))
        continue;
      for (std::size_t t = 0; t < window.front().size(); ++t) {
        double turned[3];
        for (std::size_t i = 0; i < 3; ++i)
          turned[i] = turn[3 * i] * window[axes[0]][t] + turn[3 * i + 1] * window[axes[1]][t] +
                      turn[3 * i + 2] * window[axes[2]][t];
        for (std::size_t i = 0; i < 3; ++i) window[axes[i]][t] = turned[i];
      }
    }
  }

  void disturb(float* steps, std::size_t count, RandomStream& stream) const {
    const std::size_t width = channels_ + 1;
    if (options_.segments > 1) {
      const std::vector<float> before(steps, steps + count * width);
      const std::vector<std::size_t> order = shuffled_segments(count, options_.segments, stream);
      for (std::size_t t = 0; t < count; ++t)
        std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(order[t] * width), width,
                    steps + t * width);
    }
    std::vector<float> factors(channels_, 1.0f);
    if (options_.scaling > 0) {
      const double most = std::log1p(options_.scaling);
      for (float& factor : factors)
        factor = static_cast<float>(std::exp(stream.uniform(-most, most)));
    }
    if (options_.channel_dropout > 0) {
      const auto kept =
          static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(channels_)));
      for (std::size_t c = 0; c < channels_; ++c)
        if (stream.bernoulli(options_.channel_dropout) && c != kept) factors[c] = 0;
    }
    for (std::size_t t = 0; t < count; ++t) {
      for (std::size_t c = 0; c < channels_; ++c) {
        float& x = steps[t * width + c];
        const float noise =
            options_.noise > 0 ? static_cast<float>(options_.noise * stream.normal()) : 0;
        x = factors[c] == 0 ? 0 : factors[c] * x + noise;
      }
    }
  }

  SeriesViewOptions options_;
  bool train_;
  std::size_t channels_;
  std::int64_t length_;
  Standardization known_;
  at::ScalarType raw_type_;      // of what of_batch takes
  at::Tensor mean_, deviation_;  // [C, 1], for of_batch
  std::vector<std::array<std::size_t, 3>> groups_;
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_view(const SeriesViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check_options(origin.name, options);
  return std::make_shared<SeriesView>(options, origin, mode, known.value());
}

std::optional<Standardization> measure_view(const SeriesViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  check_options(origin.name, options);
  return measure_channels(origin.name, train, origin.place, origin.source.columns.size(),
                          measured_samples);
}

}  // namespace cmc::views
