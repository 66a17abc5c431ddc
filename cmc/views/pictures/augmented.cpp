#include "cmc/views/pictures/augmented.h"

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

class Augmented : public Split {
 public:
  Augmented(const AugmentedOptions& options, const Frame& frame)
      : Split(frame, views_of(options, frame)),
        normalization_(resolve(frame.normalization, ColorSpace::rgb, frame.channels)) {}

  cv::Mat show(std::size_t, const float* row) const override {
    return to_rgb8(row, frame().size(), frame().channels, normalization_);
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& pictures) const override {
    return normalized(pictures, frame().channels, normalization_);
  }

  std::string formula(std::size_t) const override {
    return "the whole picture, " + normalization_formula(frame().channels, normalization_);
  }

 protected:
  data::Cutout seen(cv::Size size, const RandomKey& key) const override {
    data::Cutout all;
    for (std::size_t v = 0; v < views().size(); ++v) {
      RandomStream own = key.stream(static_cast<std::uint32_t>(v));
      const data::Cutout one = frame().augmentation.cutout(size, own);
      all = v == 0 ? one : both(all, one);
    }
    return all;
  }

  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    for (std::size_t v = 0; v < rows.size(); ++v) {
      RandomStream own = key.stream(static_cast<std::uint32_t>(v));
      write(frame().augmentation(image, own), {{0, 0}, frame().size()}, frame().channels,
            normalization_, rows[v]);
    }
  }

 private:
  static std::vector<data::ViewShape> views_of(const AugmentedOptions& options,
                                               const Frame& frame) {
    std::vector<data::ViewShape> views;
    for (std::int64_t v = 1; v <= options.views; ++v) {
      views.push_back({fmt::format("augmented-{}", v), frame.channels, frame.size().height,
                       frame.size().width});
    }
    return views;
  }

  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_split(const AugmentedOptions& options, const Frame& frame) {
  check(options.views >= 2 && options.views <= 16,
        "augmented.views = {}: it must be within [2, 16]", options.views);
  return std::make_shared<Augmented>(options, frame);
}

}  // namespace cmc::views
