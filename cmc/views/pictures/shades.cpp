#include "cmc/views/pictures/shades.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace cmc::views {
namespace {

constexpr int height = 64;
const cv::Vec3b stroke(52, 92, 150);
const cv::Vec3b absent(205, 205, 210);

int row_of(double value, double reach) {
  const double share = std::clamp(value / reach, -1.0, 1.0);
  return static_cast<int>(std::lround((height - 1) * (1 - share) / 2));
}

void draw(cv::Mat& picture, int x, int from, int to, const cv::Vec3b& color = stroke) {
  for (int y = std::min(from, to); y <= std::max(from, to); ++y)
    picture.at<cv::Vec3b>(y, x) = color;
}

}  // namespace

cv::Mat shades(const cv::Mat& values, double low, double high) {
  cv::Mat picture(values.size(), CV_8UC3);
  const cv::Vec3d cold(28, 62, 140), warm(150, 34, 30), white(255, 255, 255);
  for (int y = 0; y < values.rows; ++y) {
    for (int x = 0; x < values.cols; ++x) {
      const double value = values.at<float>(y, x);
      if (std::isnan(value)) {
        picture.at<cv::Vec3b>(y, x) = absent;
        continue;
      }
      const double place = std::clamp((value - low) / (high - low), 0.0, 1.0) * 2 - 1;
      const cv::Vec3d color = white + std::abs(place) * ((place < 0 ? cold : warm) - white);
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<uchar>(color[0]), cv::saturate_cast<uchar>(color[1]),
                    cv::saturate_cast<uchar>(color[2]));
    }
  }
  return picture;
}

cv::Mat bars(const float* values, std::size_t n) {
  const int bar = std::max(1, 128 / static_cast<int>(std::max<std::size_t>(n, 1)));
  cv::Mat picture(height, bar * static_cast<int>(n), CV_8UC3, cv::Scalar::all(255));
  for (std::size_t i = 0; i < n; ++i) {
    for (int x = 0; x < std::max(1, bar - 1); ++x)
      draw(picture, static_cast<int>(i) * bar + x, row_of(0, 3), row_of(values[i], 3));
  }
  return picture;
}

cv::Mat curve(const float* values, std::size_t n) {
  constexpr std::size_t columns = 128;
  cv::Mat picture(height, columns, CV_8UC3, cv::Scalar::all(255));
  double reach = 1e-6;
  for (std::size_t i = 0; i < n; ++i)
    reach = std::max(reach, std::abs(static_cast<double>(values[i])));
  for (std::size_t x = 0; x < columns; ++x) {
    const std::size_t begin = x * n / columns, end = std::max(begin + 1, (x + 1) * n / columns);
    const auto [least, greatest] = std::minmax_element(values + begin, values + std::min(end, n));
    draw(picture, static_cast<int>(x), row_of(*least, reach), row_of(*greatest, reach));
  }
  return picture;
}

cv::Mat lines(const float* values, std::size_t channels, std::size_t steps) {
  constexpr std::size_t columns = 128;
  // Colours that stay apart for most eyes (Okabe and Ito, 2008).
  const cv::Vec3b colors[] = {{0, 114, 178},   {213, 94, 0},  {0, 158, 115},
                              {204, 121, 167}, {230, 159, 0}, {86, 180, 233}};
  cv::Mat picture(height, columns, CV_8UC3, cv::Scalar::all(255));
  const auto step_of = [&](std::size_t x) { return std::min(x * steps / columns, steps - 1); };
  const auto is_there = [&](std::size_t step) {
    return values[step * (channels + 1) + channels] > 0;
  };
  for (std::size_t x = 0; x < columns; ++x)
    if (!is_there(step_of(x))) draw(picture, static_cast<int>(x), 0, height - 1, absent);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t x = 0; x < columns; ++x) {
      // From the last column's value, so that the line has no holes, over all that this one has.
      const std::size_t begin = x > 0 ? step_of(x - 1) : 0,
                        end = std::max(step_of(x), (x + 1) * steps / columns);
      int top = height, bottom = -1;
      for (std::size_t step = begin; step < std::max(begin + 1, std::min(end + 1, steps)); ++step) {
        if (!is_there(step)) continue;
        const int row = row_of(values[step * (channels + 1) + c], 3);
        top = std::min(top, row);
        bottom = std::max(bottom, row);
      }
      if (bottom >= 0 && is_there(step_of(x)))
        draw(picture, static_cast<int>(x), top, bottom, colors[c % std::size(colors)]);
    }
  }
  return picture;
}

}  // namespace cmc::views
