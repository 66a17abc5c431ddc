#include "benchmarks/photos.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "cmc/error.h"

namespace cmc::benchmarks {

namespace fs = std::filesystem;

cv::Mat photo(cv::Size size, cv::RNG random) {
  cv::Mat image(size, CV_32FC3, cv::Scalar::all(128));
  for (int cells = 2; cells <= size.width; cells *= 2) {
    cv::Mat octave(std::max(1, cells * size.height / size.width), cells, CV_32FC1), grown;
    random.fill(octave, cv::RNG::NORMAL, 0, 90.0 / std::sqrt(cells));
    cv::resize(octave, grown, size, 0, 0, cv::INTER_CUBIC);
    const cv::Scalar tint(random.uniform(0.6, 1.2), 1, random.uniform(0.6, 1.2));
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          image.at<cv::Vec3f>(y, x)[c] += static_cast<float>(tint[c]) * grown.at<float>(y, x);
        }
      }
    }
  }
  for (int i = 0; i < 8; ++i) {
    cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
    cv::ellipse(mask, {random.uniform(0, size.width), random.uniform(0, size.height)},
                {random.uniform(10, size.width / 4), random.uniform(10, size.height / 4)},
                random.uniform(0, 180), 0, 360, 255, cv::FILLED);
    const cv::Scalar light(random.uniform(-70, 70), random.uniform(-70, 70),
                           random.uniform(-70, 70));
    cv::add(image, light, image, mask);
  }
  cv::Mat grain(size, CV_32FC3), bytes;
  random.fill(grain, cv::RNG::NORMAL, 0, 10);
  cv::Mat(image + grain).convertTo(bytes, CV_8U);
  return bytes;
}

std::int64_t write_photos(const fs::path& folder, std::int64_t count) {
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const fs::path path = folder / fmt::format("{:06}.jpg", i);
    const cv::Mat image = photo({500, 375}, cv::RNG(static_cast<std::uint64_t>(i) + 1));
    check(cv::imwrite(path.string(), image, {cv::IMWRITE_JPEG_QUALITY, 90}), "{}: can't be written",
          path.string());
    bytes += static_cast<std::int64_t>(fs::file_size(path));
  }
  return bytes / count;
}

}  // namespace cmc::benchmarks
