#include "cmc/views/sources/bands_view.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "cmc/data/splits.h"
#include "cmc/error.h"

namespace cmc::views {
namespace {

/// The place of a band, counted from 0.
std::size_t place_of_band(const std::string& band, const std::vector<data::TableColumn>& names,
                          std::int64_t count, const std::string& view) {
  const auto named = std::ranges::find(names, band, &data::TableColumn::name);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  std::int64_t place = 0;
  if (band.starts_with('#')) {
    const char* const end = band.data() + band.size();
    const auto [rest, error] = std::from_chars(band.data() + 1, end, place);
    if (error == std::errc() && rest == end && place >= 1 && place <= count)
      return static_cast<std::size_t>(place - 1);
  }
  if (names.empty())
    fail(
        "view \"{}\": select: \"{}\" is not a band: there are \"#1\" to \"#{}\", and the key names "
        "gives them names",
        view, band, count);
  std::vector<std::string> known;
  for (const data::TableColumn& each : names) known.push_back(each.name);
  fail("view \"{}\": select: \"{}\" is not a band; the nearest is \"{}\"", view, band,
       nearest_name(band, known));
}

std::string label_of(std::size_t band, const std::vector<data::TableColumn>& names) {
  return names.empty() ? fmt::format("#{}", band + 1) : names[band].name;
}

/// The pixels of a line that one cell of it looks at, and their weights.
struct Taps {
  int first = 0;
  std::vector<float> weights = {};
};

/// The taps of `cells` cells that lie side by side from `start` on and take `length` pixels, of
/// which the pixels from `low` to before `high` are there.
std::vector<Taps> taps_of(double start, double length, std::int64_t cells, int low, int high) {
  const double step = length / static_cast<double>(cells);
  std::vector<Taps> taps(static_cast<std::size_t>(cells));
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const double from = start + static_cast<double>(i) * step, to = from + step;
    const double middle = (from + to) / 2;
    Taps& own = taps[i];
    if (step >= 1) {
      own.first = std::max(low, static_cast<int>(std::floor(from)));
      for (int p = own.first; p < high && p < to; ++p) {
        const double covered = std::min(to, p + 1.0) - std::max(from, static_cast<double>(p));
        own.weights.push_back(covered > 1e-6 ? static_cast<float>(covered) : 0.0f);
      }
    } else if (middle >= low && middle < high) {
      const double at = std::clamp(middle - 0.5, static_cast<double>(low), high - 1.0);
      own.first = static_cast<int>(std::floor(at));
      const auto second = static_cast<float>(at - own.first);
      own.weights = {1 - second};
      if (second > 0) own.weights.push_back(second);
    }
  }
  return taps;
}

class BandsView : public PortableTransform {
 public:
  BandsView(const BandsViewOptions& options, const ViewOrigin& origin, Mode mode,
            const std::optional<Standardization>& known)
      : options_(options),
        train_(mode == Mode::train),
        bands_(selected_bands(options.select, origin.source.columns, origin.source.shape.channels,
                              origin.name)),
        all_bands_(origin.source.shape.channels),
        augmentation_(options.augmentation,
                      cv::Size(static_cast<int>(options.size), static_cast<int>(options.size)),
                      mode),
        known_(known) {
    for (const std::size_t band : bands_) labels_.push_back(label_of(band, origin.source.columns));
    const auto count = static_cast<std::int64_t>(bands_.size());
    views_.push_back({origin.name, count, options.size, options.size, origin.place});
    if (!known_) return;
    check_statistics(*known_, bands_.size(), origin.name);
    raw_type_ = fits_float32(*known_) ? at::kFloat : at::kDouble;
    mean_ = at::tensor(known_->mean, raw_type_).reshape({count, 1, 1});
    deviation_ = at::tensor(known_->deviation, raw_type_).reshape({count, 1, 1});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& picture = sample.values[views_[0].source];
    if (picture.empty()) return;
    check(picture.depth() == CV_32F && picture.dims == 2 && picture.channels() == all_bands_,
          "view \"{}\": a picture of {} bands, where there must be {} of float32", views_[0].name,
          picture.channels(), all_bands_);
    RandomStream shared = key.stream(RandomKey::joint);
    const Window window = augmentation_.window(picture.size(), shared);
    const std::int64_t turns = train_ && options_.quarter_turns ? shared.below(4) : 0;
    cut(picture, window, turns, rows[0]);
    if (!known_) return;
    const auto count = static_cast<std::size_t>(views_[0].numel());
    for (std::size_t i = 0; i < count; ++i) {
      const float x = standardized(rows[0][i], *known_, i % bands_.size(), views_[0].name);
      rows[0][i] = std::isnan(x) ? 0 : x;
    }
    if (!train_) return;
    // Its own stream: what views that share a window had in common would tell their samples apart.
    RandomStream own =
        key.stream(static_cast<std::uint32_t>(data::name_hash(views_[0].name) % RandomKey::joint));
    if (own.bernoulli(options_.augmentation.blur_probability)) blur(rows[0], own);
    if (options_.noise > 0)
      for (std::size_t i = 0; i < count; ++i)
        rows[0][i] += static_cast<float>(options_.noise * own.normal());
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const int size = static_cast<int>(options_.size), count = static_cast<int>(bands_.size());
    cv::Mat shown(size, size, CV_8UC3);
    for (int p = 0; p < size * size; ++p) {
      std::uint8_t* const pixel = shown.ptr() + std::ptrdiff_t{3} * p;
      for (int c = 0; c < 3; ++c) {
        const float x = row[std::ptrdiff_t{p} * count + (count >= 3 ? c : 0)];
        pixel[c] = cv::saturate_cast<std::uint8_t>(255.0 * (x + 2.5) / 5.0);
      }
    }
    return shown;
  }

  RawInput raw_input(std::size_t) const override {
    return {.name = "bands",
            .type = raw_type_,
            .shape = {views_[0].channels, options_.size, options_.size},
            .description = fmt::format(
                "{0} [N, {1}, {2}, {2}]: N pictures of {2} × {2} pixels, their bands {3} as they "
                "are stored, NaN where there is no value; of a picture of another size, the centre "
                "whose sides are 224/256 of its largest square, resized",
                raw_type_ == at::kDouble ? "float64" : "float32", bands_.size(), options_.size,
                fmt::join(labels_, ", "))};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& pictures) const override {
    const at::Tensor x = pictures.sub(mean_).div(deviation_).to(at::kFloat);
    return x.masked_fill(x.isnan(), 0.0);
  }

  std::string formula(std::size_t) const override {
    return fmt::format(
        "the bands {}, (x − mean) / deviation of each{}, 0 where there is no value (the metadata's "
        "\"standardization\")",
        fmt::join(labels_, ", "), raw_type_ == at::kDouble ? ", computed in float64" : "");
  }

 private:
  /// The window at the view's size, mirrored and then turned clockwise; NaN without a value.
  void cut(const cv::Mat& picture, const Window& window, std::int64_t turns, float* to) const {
    const std::int64_t size = options_.size;
    const cv::Rect& filled = window.filled;
    const std::vector<Taps> across =
        taps_of(window.place.x, window.place.width, size, filled.x, filled.x + filled.width);
    const std::vector<Taps> down =
        taps_of(window.place.y, window.place.height, size, filled.y, filled.y + filled.height);
    for (std::int64_t y = 0; y < size; ++y) {
      for (std::int64_t x = 0; x < size; ++x, to += bands_.size()) {
        std::int64_t row = y, column = x;
        for (std::int64_t t = 0; t < turns; ++t) {
          const std::int64_t before = row;
          row = size - 1 - column;
          column = before;
        }
        if (window.direction == Direction::mirrored) column = size - 1 - column;
        mean_of(picture, down[static_cast<std::size_t>(row)],
                across[static_cast<std::size_t>(column)], to);
      }
    }
  }

  void mean_of(const cv::Mat& picture, const Taps& down, const Taps& across, float* to) const {
    for (std::size_t b = 0; b < bands_.size(); ++b) {
      double sum = 0, weight = 0;
      for (std::size_t r = 0; r < down.weights.size(); ++r) {
        const auto* const from = picture.ptr<float>(down.first + static_cast<int>(r)) +
                                 std::ptrdiff_t{across.first} * picture.channels() + bands_[b];
        for (std::size_t c = 0; c < across.weights.size(); ++c) {
          const float value = from[c * static_cast<std::size_t>(picture.channels())];
          if (std::isnan(value)) continue;
          const double own = static_cast<double>(down.weights[r]) * across.weights[c];
          sum += own * value;
          weight += own;
        }
      }
      to[b] =
          weight > 0 ? static_cast<float>(sum / weight) : std::numeric_limits<float>::quiet_NaN();
    }
  }

  void blur(float* row, RandomStream& stream) const {
    const int size = static_cast<int>(options_.size), radius = std::max(1, size / 20);
    const double sigma =
        stream.uniform(options_.augmentation.blur_sigma.low, options_.augmentation.blur_sigma.high);
    cv::Mat sharp(size, size, CV_MAKETYPE(CV_32F, static_cast<int>(bands_.size())), row);
    cv::GaussianBlur(sharp.clone(), sharp, cv::Size(2 * radius + 1, 2 * radius + 1), sigma);
  }

  BandsViewOptions options_;
  bool train_;
  std::vector<std::size_t> bands_;  // places in the picture
  std::int64_t all_bands_;
  Augmentation augmentation_;
  std::optional<Standardization> known_;
  at::ScalarType raw_type_ = at::kFloat;  // of what of_batch takes
  at::Tensor mean_, deviation_;           // [C, 1, 1], for of_batch
  std::vector<std::string> labels_;
  std::vector<data::ViewShape> views_;
};

bool changes_colours(const AugmentationOptions& options) {
  AugmentationOptions sharp = options;
  sharp.blur_probability = 0;
  return repaints(sharp);
}

}  // namespace

std::vector<std::size_t> selected_bands(const std::vector<std::string>& select,
                                        const std::vector<data::TableColumn>& names,
                                        std::int64_t count, const std::string& view) {
  std::vector<std::size_t> places;
  const auto add = [&](std::size_t place) {
    check(std::ranges::count(places, place) == 0, "view \"{}\": select has the band \"{}\" twice",
          view, label_of(place, names));
    places.push_back(place);
  };
  for (std::size_t band = 0; select.empty() && band < static_cast<std::size_t>(count); ++band)
    add(band);
  for (const std::string& each : select) {
    const std::size_t dots = each.find("..");
    if (dots == std::string::npos ||
        std::ranges::count(names, each, &data::TableColumn::name) > 0) {
      add(place_of_band(each, names, count, view));
      continue;
    }
    const std::size_t first = place_of_band(each.substr(0, dots), names, count, view);
    const std::size_t last = place_of_band(each.substr(dots + 2), names, count, view);
    check(first <= last, "view \"{}\": select: the bands \"{}\" run backwards", view, each);
    for (std::size_t band = first; band <= last; ++band) add(band);
  }
  return places;
}

std::shared_ptr<const PortableTransform> make_view(const BandsViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check(options.size >= 1 && options.size <= 8192,
        "view \"{}\": size = {}: it must be within [1, 8192] pixels", origin.name, options.size);
  check(!changes_colours(options.augmentation),
        "view \"{}\": its augmentation changes colours, and bands are none: noise, quarter_turns "
        "and the augmentation's crop, flip and blur change what is seen of bands",
        origin.name);
  check_disturbance(origin.name, 0, options.noise);
  return std::make_shared<BandsView>(options, origin, mode, known);
}

std::optional<Standardization> measure_view(const BandsViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  return measure(*make_view(options, origin, Mode::evaluate, std::nullopt), train,
                 measured_samples);
}

}  // namespace cmc::views
