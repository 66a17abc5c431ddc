#include "cmc/views/patches.h"

#include <algorithm>

#include "cmc/error.h"

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

 protected:
  void cut(const cv::Mat& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    const Picture picture = frame().augmentation(image, joint);
    const cv::Size room = frame().size() - cv::Size(size_ + distance_, size_ + distance_);
    cv::Point corner(room.width / 2, room.height / 2);
    if (frame().augmentation.mode() == Mode::train) {
      corner.x = static_cast<int>(joint.below(room.width + 1));
      corner.y = static_cast<int>(joint.below(room.height + 1));
    }
    const cv::Rect near(corner, cv::Size(size_, size_));
    write(picture, near, frame().channels, normalization_, rows[0]);
    write(picture, near + cv::Point(distance_, distance_), frame().channels, normalization_,
          rows[1]);
  }

 private:
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
