#include "cmc/draft/picture_look.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::draft {
namespace {

constexpr std::int64_t most_pictures = 24;
/// What an encoder for small pictures sees at most, in seconds a step on two cores.
constexpr std::int64_t largest_side = 64;

/// Whether the channels of a picture differ by more than lossy coding of grey makes them.
bool is_colored(const cv::Mat& picture) {
  if (picture.channels() != 3) return false;
  std::vector<cv::Mat> channels;
  cv::split(picture, channels);
  const double full = picture.depth() == CV_16U ? 65535 : 255;
  cv::Mat red_green, green_blue;
  cv::absdiff(channels[0], channels[1], red_green);
  cv::absdiff(channels[1], channels[2], green_blue);
  return (cv::mean(red_green)[0] + cv::mean(green_blue)[0]) / full > 0.01;
}

}  // namespace

std::vector<std::int64_t> spread(std::int64_t count, std::int64_t most) {
  std::vector<std::int64_t> places;
  const std::int64_t n = std::min(count, most);
  for (std::int64_t i = 0; i < n; ++i) places.push_back(n == 1 ? 0 : i * (count - 1) / (n - 1));
  return places;
}

std::int64_t PictureLook::size() const {
  const bool one_size = least_height == greatest_height && least_width == greatest_width;
  if (one_size && std::max(least_height, least_width) <= largest_side) return 0;
  const std::int64_t shortest = std::min(least_height, least_width);
  return shortest >= largest_side ? largest_side : std::max<std::int64_t>(16, shortest / 8 * 8);
}

std::int64_t PictureLook::side() const {
  return size() > 0 ? size() : std::max(least_height, least_width);
}

std::string PictureLook::text() const {
  const auto pixels = [](std::int64_t height, std::int64_t width) {
    return fmt::format("{} × {}", height, width);
  };
  const std::string least = pixels(least_height, least_width),
                    greatest = pixels(greatest_height, greatest_width);
  return fmt::format("of {}{}, {}", least, least == greatest ? "" : " to " + greatest,
                     colored ? "in colour" : "grey");
}

PictureLook look_at_pictures(std::int64_t count, const std::function<cv::Mat(std::int64_t)>& read) {
  PictureLook look;
  for (const std::int64_t i : spread(count, most_pictures)) {
    cv::Mat picture;
    try {
      picture = read(i);
    } catch (const UnreadableError& error) {
      if (look.unreadable++ == 0) look.unreadable_example = error.what();
      continue;
    }
    const std::int64_t height = picture.rows, width = picture.cols;
    const bool first = look.seen++ == 0;
    look.least_height = first ? height : std::min(look.least_height, height);
    look.greatest_height = std::max(look.greatest_height, height);
    look.least_width = first ? width : std::min(look.least_width, width);
    look.greatest_width = std::max(look.greatest_width, width);
    look.colored = look.colored || is_colored(picture);
  }
  check(look.seen > 0, "none of the {} pictures that were tried can be read; the first: {}",
        look.unreadable, look.unreadable_example);
  return look;
}

cv::Mat read_picture(const std::filesystem::path& file) {
  std::vector<std::uint8_t> bytes;
  if (!std::filesystem::is_regular_file(file))
    throw UnreadableError(fmt::format("{}: there is no such file", file.string()));
  files::read_file(file, bytes);
  return data::decode_image(bytes, file.string(), 3);
}

}  // namespace cmc::draft
