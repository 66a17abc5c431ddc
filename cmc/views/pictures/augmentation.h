#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string_view>

#include "cmc/data/excerpt.h"
#include "cmc/random.h"
#include "cmc/views/pictures/picture.h"

namespace cmc::views {

/// Training augments; evaluation does not.
enum class Mode { train, evaluate };

enum class Crop {
  /// The whole picture; where it has another size than the output, as in evaluation.
  none,
  /// A window of random area and shape, resized to the output (Szegedy et al. 2015, as in
  /// torchvision).
  random_resized,
  /// The picture shifted by up to `padding` pixels each way, zeros beyond its edges (He et al.
  /// 2016).
  pad_and_shift,
};

/// The crop of a name: "none", "random_resized" or "pad_and_shift". Throws Error that lists them.
Crop crop(std::string_view name);
std::string_view name(Crop crop);

/// A closed interval.
struct Interval {
  double low = 0;
  double high = 0;

  bool operator==(const Interval&) const = default;
};

/// What happens to a picture before it is cut into views. By default: nothing.
struct AugmentationOptions {
  /// One draw serves all views of a sample, so that they show the same window; else each view is
  /// cut from an augmentation of its own.
  bool shared = true;
  Crop crop = Crop::none;
  /// Of random_resized: the window's share of the picture's area, uniform, within (0, 1], and its
  /// width over its height, uniform in the logarithm.
  Interval scale = {0.2, 1.0};
  Interval ratio = {3.0 / 4.0, 4.0 / 3.0};
  /// Of pad_and_shift: pixels, 1 or more.
  std::int64_t padding = 4;
  /// Probability of a left-right flip.
  double flip_probability = 0;

  /// Colour jitter: with this probability, and in random order, brightness, contrast and saturation
  /// are multiplied by a factor uniform in [max(0, 1 − strength), 1 + strength], each strength
  /// within [0, 10], and the hue is turned by a part of the circle uniform in [−hue, hue], hue
  /// within [0, 0.5]. Grey pictures have neither saturation nor hue.
  double jitter_probability = 0.8;
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;
  /// Probability that the colours are taken away.
  double grey_probability = 0;
  /// Probability of a Gaussian blur, and its standard deviation in pixels, uniform, positive. The
  /// kernel spans a tenth of the picture's height.
  double blur_probability = 0;
  Interval blur_sigma = {0.1, 2.0};

  /// Whether a picture may be read at a half, a quarter or an eighth of its width and height where
  /// its window still has the output's size: faster, and slightly other pixels. In evaluation, too.
  bool coarse = false;

  bool operator==(const AugmentationOptions&) const = default;
};

/// `own` with the crop and the flip of `other`: what makes two pictures of one camera show the same
/// window, where both draw from one stream.
AugmentationOptions with_window_of(AugmentationOptions own, const AugmentationOptions& other);

/// Whether colours or sharpness change in training: jitter, grey or blur.
bool repaints(const AugmentationOptions& options);

/// SimCLR's augmentation (Chen et al., 2002.05709, appendix A) at full strength: a window of 8 to
/// 100 % of the area, flip, jitter of 0.8, 0.8, 0.8 and 0.2 with probability 0.8, grey with 0.2,
/// blur with 0.5.
AugmentationOptions simclr_augmentation();

/// What of a picture is seen, in its pixels: a place, perhaps mirrored, and the part of the picture
/// that fills it as far as it reaches; beyond, the view is blank.
struct Window {
  cv::Rect2d place;
  cv::Rect filled;
  Direction direction = Direction::forward;
};

/// A picture as it was read: all of it, or a part.
struct PictureRead {
  /// All of it.
  PictureRead(const cv::Mat& picture)  // NOLINT(google-explicit-constructor): it is one
      : PictureRead(picture, data::whole(picture).extent) {}
  PictureRead(const cv::Mat& part, const data::Extent& extent) : pixels(part), extent(extent) {}

  cv::Mat pixels;
  data::Extent extent;

  /// Of the whole.
  cv::Size size() const {
    return {static_cast<int>(extent.length), static_cast<int>(extent.height)};
  }
};

/// Makes a picture of the output's size, augmented in training, plain in evaluation. In evaluation,
/// and in training where no crop is asked for, a picture of the output's size is taken whole; from
/// another the centre is cut whose sides are 224/256 of the largest window of the output's shape.
class Augmentation {
 public:
  /// Throws Error that names the option, its value and its range.
  Augmentation(const AugmentationOptions& options, cv::Size output, Mode mode);

  /// Draws from `stream` in the order of what is done: crop, flip, jitter, grey, blur. The result
  /// may share the image's memory or a buffer of this thread, valid until this thread's next call.
  /// Of `image` no more is looked at than cutout() by the same draws.
  Picture operator()(const PictureRead& image, RandomStream& stream) const;

  /// The window of a picture of this size that operator() would show, by the same draws, for values
  /// that are no colours.
  Window window(cv::Size image, RandomStream& stream) const;

  /// What operator() looks at in a picture of this size, by the same draws; where the picture may
  /// be read coarsely, as coarsely as leaves the window no smaller than the output.
  data::Cutout cutout(cv::Size image, RandomStream& stream) const;

  bool shared() const { return options_.shared; }
  cv::Size output() const { return output_; }
  Mode mode() const { return mode_; }

 private:
  /// A window, resized to the output, then moved by `shift` of the output's pixels.
  struct Cut {
    cv::Rect window;
    cv::Point shift;
    Direction direction = Direction::forward;
  };
  Cut draw(cv::Size image, RandomStream& stream) const;

  AugmentationOptions options_;
  cv::Size output_;
  Mode mode_;
};

}  // namespace cmc::views
