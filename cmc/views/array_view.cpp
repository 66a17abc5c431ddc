#include "cmc/views/array_view.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/shades.h"

namespace cmc::views {
namespace {

class ArrayView : public PortableTransform {
 public:
  ArrayView(const std::string& name, std::size_t source, const data::Source& array,
            const ArrayViewOptions& options, Mode mode,
            const std::optional<Standardization>& standardization)
      : options_(options), train_(mode == Mode::train), standardization_(standardization) {
    const data::SourceShape& shape = array.shape;
    views_.push_back({name, shape.channels, shape.height, shape.width, source});
    check(!standardization_ ||
              standardization_->mean.size() == static_cast<std::size_t>(shape.channels),
          "view \"{}\": statistics of another number of channels than {}", name, shape.channels);
    if (!standardization_) return;
    mean_ = at::tensor(standardization_->mean).reshape({shape.channels, 1, 1});
    deviation_ = at::tensor(standardization_->deviation).reshape({shape.channels, 1, 1});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const data::ViewShape& shape = views_[0];
    const cv::Mat& value = sample.values[shape.source];
    if (value.empty()) return;
    RandomStream stream = key.stream(0);
    const float* from = value.ptr<float>();
    const std::int64_t pixels = shape.height * shape.width;
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        float x = *from++;
        if (standardization_) {
          const auto channel = static_cast<std::size_t>(c);
          x = (x - standardization_->mean[channel]) / standardization_->deviation[channel];
          if (std::isnan(x)) x = 0;
          if (train_ && options_.noise > 0)
            x += static_cast<float>(options_.noise * stream.normal());
          if (train_ && options_.dropout > 0 && stream.bernoulli(options_.dropout)) x = 0;
        }
        rows[0][p * shape.channels + c] = x;
      }
    }
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const data::ViewShape& shape = views_[0];
    if (shape.height == 1 && shape.channels == 1)
      return curve(row, static_cast<std::size_t>(shape.width));
    cv::Mat first(static_cast<int>(shape.height), static_cast<int>(shape.width), CV_32FC1);
    for (std::int64_t p = 0; p < shape.height * shape.width; ++p)
      first.ptr<float>()[p] = row[p * shape.channels];
    return shades(first, -2.5, 2.5);
  }

  RawInput raw_input(std::size_t) const override {
    const data::ViewShape& shape = views_[0];
    std::vector<std::int64_t> sizes = {shape.width};
    if (shape.height > 1 || shape.channels > 1) sizes.insert(sizes.begin(), shape.height);
    if (shape.channels > 1) sizes.insert(sizes.begin(), shape.channels);
    std::string text =
        fmt::format("float32 [N, {}]: N arrays as they are stored; NaN counts as missing",
                    fmt::join(sizes, ", "));
    return {.name = "arrays", .shape = std::move(sizes), .description = std::move(text)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& arrays) const override {
    at::Tensor x = arrays;
    while (x.dim() < 4) x = x.unsqueeze(1);
    if (!standardization_) return x;
    x = x.sub(mean_).div(deviation_);
    return x.masked_fill(x.isnan(), 0.0);
  }

  std::string formula(std::size_t) const override {
    return "the array, (x − mean) / deviation of its channel, 0 where x is NaN (the metadata's "
           "\"standardization\")";
  }

 private:
  ArrayViewOptions options_;
  bool train_;
  std::optional<Standardization> standardization_;
  at::Tensor mean_, deviation_;  // [C, 1, 1], for of_batch
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_array_view(
    const std::string& name, std::size_t source, const data::Source& array,
    const ArrayViewOptions& options, Mode mode,
    const std::optional<Standardization>& standardization) {
  check(options.dropout >= 0 && options.dropout < 1,
        "view \"{}\": dropout = {}: it must be within [0, 1)", name, options.dropout);
  check(options.noise >= 0, "view \"{}\": noise = {}: it must be 0 or more", name, options.noise);
  return std::make_shared<ArrayView>(name, source, array, options, mode, standardization);
}

}  // namespace cmc::views
