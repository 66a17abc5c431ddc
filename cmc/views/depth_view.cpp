#include "cmc/views/depth_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/color_tensors.h"
#include "cmc/views/shades.h"

namespace cmc::views {
namespace {

class DepthView : public PortableTransform {
 public:
  DepthView(const std::string& name, std::size_t source, const DepthViewOptions& options, Mode mode,
            const std::optional<Standardization>& standardization)
      : options_(options), train_(mode == Mode::train), measured_(standardization.has_value()) {
    if (measured_) {
      mean_ = standardization->mean.at(0);
      deviation_ = standardization->deviation.at(0);
    }
    views_.push_back({name, measured_ ? 2 : 1, options.size, options.size, source});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& metres = sample.values[views_[0].source];
    if (metres.empty()) return;
    RandomStream stream = key.stream(0);
    double side = std::min(metres.rows, metres.cols);
    double left = (metres.cols - side) / 2, top = (metres.rows - side) / 2;
    bool flipped = false;
    if (train_) {
      if (options_.scale < 1) {
        side *= std::sqrt(stream.uniform(options_.scale, 1));
        left = stream.uniform() * (metres.cols - side);
        top = stream.uniform() * (metres.rows - side);
      }
      flipped = options_.flip_probability > 0 && stream.bernoulli(options_.flip_probability);
    }
    float* to = rows[0];
    const double step = side / static_cast<double>(options_.size);
    for (std::int64_t y = 0; y < options_.size; ++y) {
      const int row =
          std::min(static_cast<int>(top + (static_cast<double>(y) + 0.5) * step), metres.rows - 1);
      for (std::int64_t i = 0; i < options_.size; ++i) {
        const std::int64_t x = flipped ? options_.size - 1 - i : i;
        const int column = std::min(static_cast<int>(left + (static_cast<double>(x) + 0.5) * step),
                                    metres.cols - 1);
        const float distance = metres.at<float>(row, column);
        if (!measured_) {
          *to++ = distance;
          continue;
        }
        const bool seen = !std::isnan(distance);
        *to++ = seen ? (distance - mean_) / deviation_ : 0.0f;
        *to++ = seen ? 1.0f : 0.0f;
      }
    }
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const int size = static_cast<int>(options_.size);
    cv::Mat distances(size, size, CV_32FC1);
    for (int p = 0; p < size * size; ++p)
      distances.ptr<float>()[p] =
          row[2 * p + 1] > 0 ? row[2 * p] : std::numeric_limits<float>::quiet_NaN();
    return shades(distances, -2.5, 2.5);
  }

  RawInput raw_input(std::size_t) const override {
    const std::int64_t size = options_.size;
    return {.name = "distances",
            .shape = {size, size},
            .description = fmt::format(
                "float32 [N, {0}, {0}]: N pictures of {0} × {0} distances in metres, NaN where the "
                "sensor saw nothing; of a larger picture, of its largest middle square the pixel "
                "in the middle of each of {0} × {0} cells",
                size)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& distances) const override {
    const at::Tensor x = distances.unsqueeze(1), lacks = x.isnan();
    const double mean = mean_, deviation = deviation_;
    const at::Tensor standardised = x.sub(mean).div(deviation).masked_fill(lacks, 0.0);
    return at::cat({standardised, lacks.to(at::kFloat).mul(-1.0).add(1.0)}, 1);
  }

  std::string formula(std::size_t) const override {
    return "two channels: the distances in metres, " +
           normalization_formula("x", mean_, deviation_) +
           ", 0 where the sensor saw nothing; 1 where it saw something, else 0";
  }

 private:
  DepthViewOptions options_;
  bool train_, measured_;
  float mean_ = 0, deviation_ = 1;
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_depth_view(
    const std::string& name, std::size_t source, const DepthViewOptions& options, Mode mode,
    const std::optional<Standardization>& standardization) {
  check(options.size >= 1 && options.size <= 8192,
        "view \"{}\": size = {}: it must be within [1, 8192] pixels", name, options.size);
  check(options.scale > 0 && options.scale <= 1,
        "view \"{}\": scale = {}: it must be within (0, 1]", name, options.scale);
  check(options.flip_probability >= 0 && options.flip_probability <= 1,
        "view \"{}\": flip_probability = {}: it must be within [0, 1]", name,
        options.flip_probability);
  return std::make_shared<DepthView>(name, source, options, mode, standardization);
}

}  // namespace cmc::views
