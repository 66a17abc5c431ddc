#include "cmc/views/pictures/regions.h"

#include <fmt/format.h>

#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

class Regions : public Split {
 public:
  Regions(std::vector<Region> regions, const Frame& frame)
      : Split(frame, views_of(regions, frame.channels)),
        regions_(std::move(regions)),
        normalization_(resolve(frame.normalization, ColorSpace::rgb, frame.channels)) {}

  cv::Mat show(std::size_t view, const float* row) const override {
    return to_rgb8(row, regions_[view].place.size(), frame().channels, normalization_);
  }

  at::Tensor of_batch(std::size_t view, const at::Tensor& pictures) const override {
    return normalized(cropped(pictures, regions_[view].place), frame().channels, normalization_);
  }

  std::string formula(std::size_t view) const override {
    const cv::Rect& place = regions_[view].place;
    return fmt::format("rows {} to {} and columns {} to {} of the picture, {}", place.y,
                       place.y + place.height - 1, place.x, place.x + place.width - 1,
                       normalization_formula(frame().channels, normalization_));
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    const Picture picture = frame().augmentation(image, joint);
    for (std::size_t v = 0; v < regions_.size(); ++v) {
      write(picture, regions_[v].place, frame().channels, normalization_, rows[v]);
    }
  }

 private:
  static std::vector<data::ViewShape> views_of(const std::vector<Region>& regions,
                                               std::int64_t channels) {
    std::vector<data::ViewShape> views;
    for (const Region& region : regions) {
      views.push_back({region.name, channels, region.place.height, region.place.width});
    }
    return views;
  }

  std::vector<Region> regions_;
  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_regions(std::vector<Region> regions, const Frame& frame) {
  return std::make_shared<Regions>(std::move(regions), frame);
}

}  // namespace cmc::views
