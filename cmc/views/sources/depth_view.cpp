#include "cmc/views/sources/depth_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"
#include "cmc/views/pictures/shades.h"

namespace cmc::views {
namespace {

class DepthView : public PortableTransform {
 public:
  DepthView(const DepthViewOptions& options, const ViewOrigin& origin, Mode mode,
            const std::optional<Standardization>& known)
      : size_(options.size),
        augmentation_(options.augmentation,
                      cv::Size(static_cast<int>(options.size), static_cast<int>(options.size)),
                      mode),
        measured_(known.has_value()) {
    if (measured_) {
      check_statistics(*known, 1, origin.name);
      mean_ = known->mean[0];
      deviation_ = known->deviation[0];
    }
    views_.push_back({origin.name, measured_ ? 2 : 1, options.size, options.size, origin.place});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& metres = sample.values[views_[0].source];
    if (metres.empty()) return;
    RandomStream stream = key.stream(RandomKey::joint);
    const auto [place, filled, direction] = augmentation_.window(metres.size(), stream);
    float* to = rows[0];
    for (std::int64_t y = 0; y < size_; ++y) {
      const int row = nearest(place.y, place.height, y);
      for (std::int64_t i = 0; i < size_; ++i) {
        const std::int64_t x = direction == Direction::mirrored ? size_ - 1 - i : i;
        const cv::Point pixel(nearest(place.x, place.width, x), row);
        const float distance = filled.contains(pixel) ? metres.at<float>(pixel)
                                                      : std::numeric_limits<float>::quiet_NaN();
        if (!measured_) {
          *to++ = distance;
          continue;
        }
        const bool seen = !std::isnan(distance);
        *to++ = seen ? static_cast<float>((distance - mean_) / deviation_) : 0.0f;
        *to++ = seen ? 1.0f : 0.0f;
      }
    }
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const int size = static_cast<int>(size_);
    cv::Mat distances(size, size, CV_32FC1);
    for (std::int64_t p = 0; p < size_ * size_; ++p)
      distances.ptr<float>()[p] =
          row[2 * p + 1] > 0 ? row[2 * p] : std::numeric_limits<float>::quiet_NaN();
    return shades(distances, -2.5, 2.5);
  }

  RawInput raw_input(std::size_t) const override {
    return {.name = "distances",
            .shape = {size_, size_},
            .description = fmt::format(
                "float32 [N, {0}, {0}]: N pictures of {0} × {0} distances in metres, NaN where the "
                "sensor saw nothing; of a picture of another size, of the centre whose sides are "
                "224/256 of its largest square the pixel in the middle of each of {0} × {0} cells",
                size_)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& distances) const override {
    const at::Tensor x = distances.unsqueeze(1), lacks = x.isnan();
    const at::Tensor standardised = x.sub(mean_).div(deviation_).masked_fill(lacks, 0.0);
    return at::cat({standardised, lacks.to(at::kFloat).mul(-1.0).add(1.0)}, 1);
  }

  std::string formula(std::size_t) const override {
    return "two channels: the distances in metres, " +
           normalization_formula("x", mean_, deviation_) +
           ", 0 where the sensor saw nothing; 1 where it saw something, else 0";
  }

 private:
  /// The pixel in the middle of cell `i` of `size_` between `start` and start + length.
  int nearest(double start, double length, std::int64_t i) const {
    const double middle = (static_cast<double>(i) + 0.5) / static_cast<double>(size_);
    return static_cast<int>(std::floor(start + length * middle));
  }

  std::int64_t size_;
  Augmentation augmentation_;
  bool measured_;
  double mean_ = 0, deviation_ = 1;
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_view(const DepthViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check(options.size >= 1 && options.size <= 8192,
        "view \"{}\": size = {}: it must be within [1, 8192] pixels", origin.name, options.size);
  check(!repaints(options.augmentation),
        "view \"{}\": its augmentation changes colours; distances have none", origin.name);
  return std::make_shared<DepthView>(options, origin, mode, known);
}

std::optional<Standardization> measure_view(const DepthViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  return measure(*make_view(options, origin, Mode::evaluate, std::nullopt), train,
                 measured_samples);
}

}  // namespace cmc::views
