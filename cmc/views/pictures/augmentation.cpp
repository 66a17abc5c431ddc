#include "cmc/views/pictures/augmentation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "cmc/error.h"
#include "cmc/views/pictures/photometric.h"
#include "cmc/views/pictures/shrink.h"

namespace cmc::views {
namespace {

constexpr std::string_view crop_names[] = {"none", "random_resized", "pad_and_shift"};

void check_probability(double value, const char* option) {
  check(value >= 0 && value <= 1, "augmentation.{} = {}: it must be within [0, 1]", option, value);
}

void check_strength(double value, const char* option, double limit) {
  check(value >= 0 && value <= limit, "augmentation.{} = {}: it must be within [0, {}]", option,
        value, limit);
}

/// The centre whose sides are 224/256 of the largest window of the output's shape.
cv::Rect centre(cv::Size image, cv::Size output) {
  const double fit = std::min(static_cast<double>(image.width) / output.width,
                              static_cast<double>(image.height) / output.height);
  const double share = 224.0 / 256.0 * fit;
  const int width = std::clamp(static_cast<int>(std::lround(output.width * share)), 1, image.width);
  const int height =
      std::clamp(static_cast<int>(std::lround(output.height * share)), 1, image.height);
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

/// A window of random area and shape: ten tries, then the largest centred one of a permitted shape.
cv::Rect random_window(cv::Size image, const AugmentationOptions& options, RandomStream& stream) {
  const double area = static_cast<double>(image.width) * image.height;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * stream.uniform(options.scale.low, options.scale.high);
    const double ratio =
        std::exp(stream.uniform(std::log(options.ratio.low), std::log(options.ratio.high)));
    const int width = static_cast<int>(std::lround(std::sqrt(target * ratio)));
    const int height = static_cast<int>(std::lround(std::sqrt(target / ratio)));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const int y = static_cast<int>(stream.below(image.height - height + 1));
    const int x = static_cast<int>(stream.below(image.width - width + 1));
    return {x, y, width, height};
  }
  const double ratio = std::clamp(static_cast<double>(image.width) / image.height,
                                  options.ratio.low, options.ratio.high);
  const int width = std::min(image.width, static_cast<int>(std::lround(image.height * ratio)));
  const int height = std::min(image.height, static_cast<int>(std::lround(image.width / ratio)));
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

/// Where a window of the whole stands among the pixels that were read.
cv::Rect place_of(const cv::Rect& window, const PictureRead& image) {
  const data::Extent& at = image.extent;
  const auto left = static_cast<int>(window.x - at.first),
             top = static_cast<int>(window.y - at.top);
  const cv::Rect all({0, 0}, image.pixels.size());
  cv::Rect place(left, top, window.width, window.height);
  if (at.coarseness > 1) {
    const double side = at.coarseness;
    place.x = std::clamp(cvRound(left / side), 0, all.width - 1);
    place.y = std::clamp(cvRound(top / side), 0, all.height - 1);
    place.width =
        std::clamp(cvRound((left + window.width) / side) - place.x, 1, all.width - place.x);
    place.height =
        std::clamp(cvRound((top + window.height) / side) - place.y, 1, all.height - place.y);
  }
  check(
      (place & all) == place,
      "of a picture of {} × {} pixels, {} × {} from ({}, {}) were read; {} × {} from ({}, {}) are "
      "looked at",
      at.length, at.height, all.width, all.height, at.first, at.top, window.width, window.height,
      window.x, window.y);
  return place;
}

/// A window at the output's size: the window itself where it has that size, else resized into this
/// thread's buffer, by the pixels' average where both sides shrink, bilinearly otherwise.
cv::Mat at_size(const PictureRead& image, const cv::Rect& window, cv::Size output) {
  cv::Mat seen = image.pixels(place_of(window, image));
  if (seen.size() == output) return seen;
  thread_local cv::Mat resized;
  if (seen.cols >= output.width && seen.rows >= output.height)
    shrink(seen, output, resized);
  else
    cv::resize(seen, resized, output, 0, 0, cv::INTER_LINEAR);
  return resized;
}

/// What is seen where nothing is drawn.
cv::Rect plain(cv::Size image, cv::Size output) {
  return image == output ? cv::Rect({0, 0}, image) : centre(image, output);
}

/// The picture moved right and down by `by`, zeros where it has left, in this thread's buffer.
cv::Mat shifted(const cv::Mat& image, const cv::Point& by) {
  thread_local cv::Mat moved;
  moved.create(image.size(), image.type());
  moved.setTo(cv::Scalar::all(0));
  const cv::Rect whole({0, 0}, image.size());
  const cv::Rect to = whole & (whole + by);
  if (!to.empty()) image(to - by).copyTo(moved(to));
  return moved;
}

/// A factor around 1.
double factor(double strength, RandomStream& stream) {
  return stream.uniform(std::max(0.0, 1.0 - strength), 1.0 + strength);
}

void jitter(cv::Mat& pixels, const AugmentationOptions& options, RandomStream& stream) {
  std::array<int, 4> order = {0, 1, 2, 3};
  for (int i = 3; i > 0; --i) std::swap(order[i], order[stream.below(i + 1)]);
  for (const int operation : order) {
    switch (operation) {
      case 0:
        if (options.brightness > 0) adjust_brightness(pixels, factor(options.brightness, stream));
        break;
      case 1:
        if (options.contrast > 0) adjust_contrast(pixels, factor(options.contrast, stream));
        break;
      case 2:
        if (options.saturation > 0) adjust_saturation(pixels, factor(options.saturation, stream));
        break;
      default:
        if (options.hue > 0) adjust_hue(pixels, stream.uniform(-options.hue, options.hue));
        break;
    }
  }
}

/// Jitter, grey and blur, each by its chance, in this thread's buffer.
cv::Mat repainted(const cv::Mat& pixels, const AugmentationOptions& options, RandomStream& stream) {
  thread_local cv::Mat painted;
  pixels.copyTo(painted);
  if (stream.bernoulli(options.jitter_probability)) jitter(painted, options, stream);
  if (stream.bernoulli(options.grey_probability)) make_grey(painted);
  if (stream.bernoulli(options.blur_probability)) {
    const double sigma = stream.uniform(options.blur_sigma.low, options.blur_sigma.high);
    blur(painted, sigma, std::max(1, painted.rows / 20));
  }
  return painted;
}

}  // namespace

AugmentationOptions with_window_of(AugmentationOptions own, const AugmentationOptions& other) {
  own.crop = other.crop;
  own.scale = other.scale;
  own.ratio = other.ratio;
  own.padding = other.padding;
  own.flip_probability = other.flip_probability;
  return own;
}

bool repaints(const AugmentationOptions& options) {
  const bool jitters = options.brightness + options.contrast + options.saturation + options.hue > 0;
  return (jitters && options.jitter_probability > 0) || options.grey_probability > 0 ||
         options.blur_probability > 0;
}

AugmentationOptions simclr_augmentation() {
  return {.crop = Crop::random_resized,
          .scale = {0.08, 1.0},
          .flip_probability = 0.5,
          .jitter_probability = 0.8,
          .brightness = 0.8,
          .contrast = 0.8,
          .saturation = 0.8,
          .hue = 0.2,
          .grey_probability = 0.2,
          .blur_probability = 0.5};
}

Crop crop(std::string_view name) {
  const auto found = std::find(std::begin(crop_names), std::end(crop_names), name);
  check(found != std::end(crop_names),
        "crop \"{}\" is unknown; it must be none, random_resized or pad_and_shift", name);
  return static_cast<Crop>(found - std::begin(crop_names));
}

std::string_view name(Crop crop) {
  return crop_names[static_cast<std::size_t>(crop)];
}

Augmentation::Augmentation(const AugmentationOptions& options, cv::Size output, Mode mode)
    : options_(options), output_(output), mode_(mode) {
  check(options.scale.low > 0 && options.scale.low <= options.scale.high && options.scale.high <= 1,
        "augmentation.scale = [{}, {}]: it must be an interval within (0, 1]", options.scale.low,
        options.scale.high);
  check(options.ratio.low > 0 && options.ratio.low <= options.ratio.high &&
            std::isfinite(options.ratio.high),
        "augmentation.ratio = [{}, {}]: it must be an interval of positive numbers",
        options.ratio.low, options.ratio.high);
  const std::int64_t largest = std::min(output.width, output.height);
  check(options.padding >= 1 && (options.crop != Crop::pad_and_shift || options.padding <= largest),
        "augmentation.padding = {}: it must be within [1, {}], up to the picture's shorter side",
        options.padding, largest);
  check_probability(options.flip_probability, "flip_probability");
  check_probability(options.jitter_probability, "jitter_probability");
  check_strength(options.brightness, "brightness", 10);
  check_strength(options.contrast, "contrast", 10);
  check_strength(options.saturation, "saturation", 10);
  check_strength(options.hue, "hue", 0.5);
  check_probability(options.grey_probability, "grey_probability");
  check_probability(options.blur_probability, "blur_probability");
  check(options.blur_sigma.low > 0 && options.blur_sigma.low <= options.blur_sigma.high &&
            options.blur_sigma.high <= 100,
        "augmentation.blur_sigma = [{}, {}]: it must be an interval within (0, 100] pixels",
        options.blur_sigma.low, options.blur_sigma.high);
}

Augmentation::Cut Augmentation::draw(cv::Size image, RandomStream& stream) const {
  Cut cut;
  cut.window = plain(image, output_);
  if (mode_ == Mode::evaluate) return cut;
  if (options_.crop == Crop::random_resized) {
    cut.window = random_window(image, options_, stream);
  } else if (options_.crop == Crop::pad_and_shift) {
    const int padding = static_cast<int>(options_.padding);
    cut.shift.x = static_cast<int>(stream.below(2 * padding + 1)) - padding;
    cut.shift.y = static_cast<int>(stream.below(2 * padding + 1)) - padding;
  }
  if (stream.bernoulli(options_.flip_probability)) cut.direction = Direction::mirrored;
  return cut;
}

Picture Augmentation::operator()(const PictureRead& image, RandomStream& stream) const {
  const Cut cut = draw(image.size(), stream);
  Picture picture{at_size(image, cut.window, output_), cut.direction};
  if (cut.shift != cv::Point()) picture.pixels = shifted(picture.pixels, cut.shift);
  if (mode_ == Mode::train && repaints(options_))
    picture.pixels = repainted(picture.pixels, options_, stream);
  return picture;
}

data::Cutout Augmentation::cutout(cv::Size image, RandomStream& stream) const {
  data::Cutout cutout{.window = draw(image, stream).window};
  if (!options_.coarse) return cutout;
  const double room = std::min(static_cast<double>(cutout.window.width) / output_.width,
                               static_cast<double>(cutout.window.height) / output_.height);
  while (cutout.coarseness < 8 && 2 * cutout.coarseness <= room) cutout.coarseness *= 2;
  return cutout;
}

Window Augmentation::window(cv::Size image, RandomStream& stream) const {
  const Cut cut = draw(image, stream);
  cv::Rect2d place = cut.window;
  place.x -= cut.shift.x * place.width / output_.width;
  place.y -= cut.shift.y * place.height / output_.height;
  return {place, cut.window, cut.direction};
}

}  // namespace cmc::views
