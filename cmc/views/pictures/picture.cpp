#include "cmc/views/pictures/picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "cmc/error.h"

namespace cmc::views {
namespace {

double entry(const std::vector<double>& list, std::size_t channel, double otherwise) {
  if (list.empty()) return otherwise;
  return list.size() == 1 ? list[0] : list[channel];
}

void check_length(const std::vector<double>& list, const char* option, std::int64_t channels) {
  check(list.size() <= 1 || list.size() == static_cast<std::size_t>(channels),
        "normalization.{} has {} numbers; it must have none (the range's own), 1 or {}, one a "
        "channel",
        option, list.size(), channels);
}

template <class Sample>
void write_grey(const cv::Mat& pixels, const cv::Rect& stored, bool mirrored, std::int64_t channels,
                const Normalization& normalization, float* row) {
  constexpr float unit = 1.0f / static_cast<float>(static_cast<Sample>(-1));
  for (int y = 0; y < stored.height; ++y) {
    const Sample* const line = pixels.ptr<Sample>(stored.y + y) + stored.x;
    float* const to = row + static_cast<std::int64_t>(y) * stored.width * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const float scale = unit / normalization.deviation[c];
      const float shift = -normalization.mean[c] / normalization.deviation[c];
      for (int x = 0; x < stored.width; ++x) {
        to[x * channels + c] = line[mirrored ? stored.width - 1 - x : x] * scale + shift;
      }
    }
  }
}

/// Converts the stored rectangle line by line.
template <class Sample>
void write_color(const cv::Mat& pixels, const cv::Rect& stored, Direction direction,
                 ColorSpace space, std::array<ChannelTarget, 3> targets) {
  for (int y = 0; y < stored.height; ++y) {
    const Sample* const line = pixels.ptr<Sample>(stored.y + y) + 3 * stored.x;
    convert(space, std::span<const Sample>(line, 3 * static_cast<std::size_t>(stored.width)),
            targets, direction);
    for (ChannelTarget& target : targets) target.data += target.stride * stored.width;
  }
}

void write_color(const cv::Mat& pixels, const cv::Rect& stored, Direction direction,
                 ColorSpace space, const std::array<ChannelTarget, 3>& targets) {
  if (pixels.depth() == CV_8U) {
    write_color<std::uint8_t>(pixels, stored, direction, space, targets);
  } else {
    write_color<std::uint16_t>(pixels, stored, direction, space, targets);
  }
}

}  // namespace

Normalization resolve(const NormalizationOptions& options, ColorSpace space,
                      std::int64_t channels) {
  check_length(options.mean, "mean", channels);
  check_length(options.deviation, "deviation", channels);
  for (const double mean : options.mean) {
    check(std::isfinite(mean), "normalization.mean = {}: it must be a finite number", mean);
  }
  for (const double deviation : options.deviation) {
    check(deviation > 0 && std::isfinite(deviation),
          "normalization.deviation = {}: it must be positive and finite", deviation);
  }
  const ColorSpaceDescription& range = describe(space);
  Normalization resolved;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    resolved.mean[c] =
        static_cast<float>(entry(options.mean, c, (range.low[c] + range.high[c]) / 2.0));
    resolved.deviation[c] =
        static_cast<float>(entry(options.deviation, c, (range.high[c] - range.low[c]) / 2.0));
  }
  return resolved;
}

void write(const Picture& picture, const cv::Rect& region, std::int64_t channels,
           const Normalization& normalization, float* row) {
  const bool mirrored = picture.direction == Direction::mirrored;
  cv::Rect stored = region;
  if (mirrored) stored.x = picture.pixels.cols - region.x - region.width;
  if (picture.pixels.channels() == 3) {
    check(channels == 3, "an RGB picture was met where the data set says grey");
    std::array<ChannelTarget, 3> targets;
    for (int c = 0; c < 3; ++c) {
      targets[c] = {row + c, 3, normalization.mean[c], normalization.deviation[c]};
    }
    write_color(picture.pixels, stored, picture.direction, ColorSpace::rgb, targets);
  } else if (picture.pixels.depth() == CV_8U) {
    write_grey<std::uint8_t>(picture.pixels, stored, mirrored, channels, normalization, row);
  } else {
    write_grey<std::uint16_t>(picture.pixels, stored, mirrored, channels, normalization, row);
  }
}

void write(const Picture& picture, ColorSpace space, std::array<ChannelTarget, 3> targets) {
  const cv::Rect whole({0, 0}, picture.pixels.size());
  if (picture.pixels.channels() == 3) {
    write_color(picture.pixels, whole, picture.direction, space, targets);
  } else {
    thread_local cv::Mat tripled;
    cv::merge(std::vector<cv::Mat>(3, picture.pixels), tripled);
    write_color(tripled, whole, picture.direction, space, targets);
  }
}

cv::Mat to_rgb8(const float* row, cv::Size size, std::int64_t channels,
                const Normalization& normalization) {
  cv::Mat shown(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x, row += channels) {
      for (int c = 0; c < 3; ++c) {
        const int from = channels == 3 ? c : 0;
        const float value = row[from] * normalization.deviation[from] + normalization.mean[from];
        shown.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(255.0f * value);
      }
    }
  }
  return shown;
}

}  // namespace cmc::views
