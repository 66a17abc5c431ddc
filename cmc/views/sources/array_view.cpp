#include "cmc/views/sources/array_view.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/numbers.h"
#include "cmc/error.h"
#include "cmc/views/pictures/shades.h"

namespace cmc::views {
namespace {

class ArrayView : public PortableTransform {
 public:
  ArrayView(const ArrayViewOptions& options, const ViewOrigin& origin, Mode mode,
            const Standardization& known)
      : options_(options),
        train_(mode == Mode::train),
        known_(known),
        raw_type_(fits_float32(known) ? at::kFloat : at::kDouble) {
    const data::SourceShape& shape = origin.source.shape;
    views_.push_back({origin.name, shape.channels, shape.height, shape.width, origin.place});
    check_statistics(known_, data::number_layout(origin.source).channels, origin.name);
    mean_ = at::tensor(known_.mean, raw_type_).reshape({shape.channels, 1, 1});
    deviation_ = at::tensor(known_.deviation, raw_type_).reshape({shape.channels, 1, 1});
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const data::ViewShape& shape = views_[0];
    const cv::Mat& value = sample.values[shape.source];
    if (value.empty()) return;
    RandomStream stream = key.stream(0);
    const data::Numbers numbers(value);
    const auto channels = static_cast<std::size_t>(shape.channels);
    const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        float x = standardized(numbers[c * pixels + p], known_, c, shape.name);
        if (std::isnan(x)) x = 0;
        if (train_ && options_.noise > 0) x += static_cast<float>(options_.noise * stream.normal());
        if (train_ && options_.dropout > 0 && stream.bernoulli(options_.dropout)) x = 0;
        rows[0][p * channels + c] = x;
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
        fmt::format("{} [N, {}]: N arrays as they are stored; NaN counts as missing",
                    raw_type_ == at::kDouble ? "float64" : "float32", fmt::join(sizes, ", "));
    return {.name = "arrays",
            .type = raw_type_,
            .shape = std::move(sizes),
            .description = std::move(text)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& arrays) const override {
    at::Tensor x = arrays;
    while (x.dim() < 4) x = x.unsqueeze(1);
    x = x.sub(mean_).div(deviation_).to(at::kFloat);
    return x.masked_fill(x.isnan(), 0.0);
  }

  std::string formula(std::size_t) const override {
    return fmt::format(
        "the array, (x − mean) / deviation of its channel{}, 0 where x is NaN (the metadata's "
        "\"standardization\")",
        raw_type_ == at::kDouble ? ", computed in float64" : "");
  }

 private:
  ArrayViewOptions options_;
  bool train_;
  Standardization known_;
  at::ScalarType raw_type_;      // of what of_batch takes
  at::Tensor mean_, deviation_;  // [C, 1, 1], for of_batch
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_view(const ArrayViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check_disturbance(origin.name, options.dropout, options.noise);
  return std::make_shared<ArrayView>(options, origin, mode, known.value());
}

std::optional<Standardization> measure_view(const ArrayViewOptions& /*options*/,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  return measure_numbers(origin.name, train, origin.place, measured_samples);
}

}  // namespace cmc::views
