#include "cmc/views/pictures/patches.h"

#include <algorithm>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

class Patches : public Split {
 public:
  Patches(const PatchesOptions& options, const Frame& frame)
      : Split(frame, {{"near", frame.channels, options.size, options.size},
                      {"far", frame.channels, options.size, options.size}}),
        size_(static_cast<int>(options.size)),
        distance_(static_cast<int>(options.distance)),
        normalization_(resolve(frame.normalization, ColorSpace::rgb, frame.channels)) {}

  cv::Mat show(std::size_t, const float* row) const override {
    return to_rgb8(row, {size_, size_}, frame().channels, normalization_);
  }

  at::Tensor of_batch(std::size_t view, const at::Tensor& pictures) const override {
    return normalized(cropped(pictures, place(view, centred())), frame().channels, normalization_);
  }

  std::string formula(std::size_t view) const override {
    const cv::Rect patch = place(view, centred());
    return fmt::format("rows {} to {} and columns {} to {} of the picture, {}", patch.y,
                       patch.y + size_ - 1, patch.x, patch.x + size_ - 1,
                       normalization_formula(frame().channels, normalization_));
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    const Picture picture = frame().augmentation(image, joint);
    cv::Point corner = centred();
    if (frame().augmentation.mode() == Mode::train) {
      corner.x = static_cast<int>(joint.below(room().width + 1));
      corner.y = static_cast<int>(joint.below(room().height + 1));
    }
    for (std::size_t view = 0; view < 2; ++view) {
      write(picture, place(view, corner), frame().channels, normalization_, rows[view]);
    }
  }

 private:
  /// How far the pair can be moved.
  cv::Size room() const { return frame().size() - cv::Size(size_ + distance_, size_ + distance_); }
  cv::Point centred() const { return {room().width / 2, room().height / 2}; }

  /// A view's patch where the pair's corner is there.
  cv::Rect place(std::size_t view, cv::Point corner) const {
    const int moved = view == 0 ? 0 : distance_;
    return {corner + cv::Point(moved, moved), cv::Size(size_, size_)};
  }

  int size_;
  int distance_;
  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_split(const PatchesOptions& options, const Frame& frame) {
  const std::int64_t side = std::min(frame.size().width, frame.size().height);
  check(options.size >= 1 && options.size <= side,
        "patches.size = {}: it must be within [1, {}], the picture's shorter side", options.size,
        side);
  check(options.distance >= 0 && options.distance <= side - options.size,
        "patches.distance = {}: with patches of {} pixels in a picture of {} it must be within [0, "
        "{}]",
        options.distance, options.size, side, side - options.size);
  return std::make_shared<Patches>(options, frame);
}

}  // namespace cmc::views
