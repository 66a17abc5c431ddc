#include "cmc/views/pictures/photometric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "cmc/views/pictures/color.h"

namespace cmc::views {
namespace {

template <class Sample>
Sample rounded(float value) {
  const float within =
      std::clamp(value, 0.0f, static_cast<float>(std::numeric_limits<Sample>::max()));
  return static_cast<Sample>(within + 0.5f);  // NOLINT(bugprone-incorrect-roundings): not negative
}

template <class Sample>
float grey_of(const Sample* rgb) {
  return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
}

/// Calls line(first sample, samples) for each line of the picture.
template <class Sample, class Line>
void each_line(cv::Mat& pixels, Line line) {
  for (int y = 0; y < pixels.rows; ++y)
    line(pixels.ptr<Sample>(y), pixels.cols * pixels.channels());
}

/// Calls of(Sample{}) with the picture's type of sample.
template <class Function>
auto with_sample_type(const cv::Mat& pixels, Function of) {
  return pixels.depth() == CV_8U ? of(std::uint8_t{}) : of(std::uint16_t{});
}

/// x ← scale · x + shift.
void affine(cv::Mat& pixels, float scale, float shift) {
  with_sample_type(pixels, [&]<class Sample>(Sample) {
    each_line<Sample>(pixels, [&](Sample* line, int samples) {
      for (int i = 0; i < samples; ++i) line[i] = rounded<Sample>(scale * line[i] + shift);
    });
  });
}

double mean_grey(cv::Mat& pixels) {
  double sum = 0;
  with_sample_type(pixels, [&]<class Sample>(Sample) {
    each_line<Sample>(pixels, [&](const Sample* line, int samples) {
      const int step = pixels.channels();
      for (int i = 0; i < samples; i += step) sum += step == 3 ? grey_of(line + i) : line[i];
    });
  });
  return sum / static_cast<double>(pixels.total());
}

/// Turns one line's hue; `hsv` is room for the line.
template <class Sample>
void turn_hue(Sample* line, int samples, double turns, std::vector<float>& hsv) {
  hsv.resize(static_cast<std::size_t>(samples));
  convert(ColorSpace::hsv, std::span<const Sample>(line, static_cast<std::size_t>(samples)),
          {{{hsv.data(), 3}, {hsv.data() + 1, 3}, {hsv.data() + 2, 3}}});
  constexpr float full = std::numeric_limits<Sample>::max();
  for (int i = 0; i < samples; i += 3) {
    const double hue = hsv[i] + turns;
    const std::array<double, 3> rgb =
        to_srgb(ColorSpace::hsv, {hue - std::floor(hue), hsv[i + 1], hsv[i + 2]});
    for (int c = 0; c < 3; ++c) line[i + c] = rounded<Sample>(full * static_cast<float>(rgb[c]));
  }
}

}  // namespace

void adjust_brightness(cv::Mat& pixels, double factor) {
  affine(pixels, static_cast<float>(factor), 0);
}

void adjust_contrast(cv::Mat& pixels, double factor) {
  affine(pixels, static_cast<float>(factor), static_cast<float>((1 - factor) * mean_grey(pixels)));
}

void adjust_saturation(cv::Mat& pixels, double factor) {
  if (pixels.channels() == 1) return;
  const float own = static_cast<float>(factor);
  with_sample_type(pixels, [&]<class Sample>(Sample) {
    each_line<Sample>(pixels, [&](Sample* line, int samples) {
      for (int i = 0; i < samples; i += 3) {
        const float grey = (1 - own) * grey_of(line + i);
        for (int c = 0; c < 3; ++c) line[i + c] = rounded<Sample>(own * line[i + c] + grey);
      }
    });
  });
}

void adjust_hue(cv::Mat& pixels, double turns) {
  if (pixels.channels() == 1) return;
  thread_local std::vector<float> hsv;
  with_sample_type(pixels, [&]<class Sample>(Sample) {
    each_line<Sample>(pixels,
                      [&](Sample* line, int samples) { turn_hue(line, samples, turns, hsv); });
  });
}

void make_grey(cv::Mat& pixels) {
  adjust_saturation(pixels, 0);
}

void blur(cv::Mat& pixels, double sigma, int radius) {
  const int taps = 2 * radius + 1;
  cv::GaussianBlur(pixels, pixels, {taps, taps}, sigma);
}

}  // namespace cmc::views
