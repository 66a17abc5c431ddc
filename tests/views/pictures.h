#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/view_recipe.h"

namespace cmc::views::test {

/// A picture whose pixels tell where they stand: (x, y, 100 + channel…) as R, G, B, or x + 16 y as
/// grey.
template <class Pixel>
cv::Mat coded(int width, int height, int type) {
  cv::Mat image(height, width, type);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (image.channels() == 3) {
        image.at<cv::Vec<Pixel, 3>>(y, x) = {static_cast<Pixel>(x), static_cast<Pixel>(y),
                                             Pixel{100}};
      } else {
        image.at<Pixel>(y, x) = static_cast<Pixel>(x + 16 * y);
      }
    }
  }
  return image;
}

inline cv::Mat coded_rgb(int width, int height) {
  return coded<std::uint8_t>(width, height, CV_8UC3);
}

/// A table's values of one sample.
inline cv::Mat row(const std::vector<float>& values) {
  return cv::Mat(values, true).reshape(1, 1);
}

/// Random pixels of any type.
inline cv::Mat noise(int width, int height, int type, std::uint64_t seed = 1) {
  RandomStream stream(RandomPurpose::made_data, seed);
  cv::Mat image(height, width, type);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* const line = image.ptr(y);
    for (std::size_t i = 0; i < width * image.elemSize(); ++i) {
      line[i] = static_cast<std::uint8_t>(stream.below(256));
    }
  }
  return image;
}

inline data::SourceShape shape_of(const cv::Mat& image) {
  return {image.channels(), image.rows, image.cols};
}

/// Stores values as they are in the file: 0 … 255.
inline NormalizationOptions as_stored() {
  return {.mean = {0}, .deviation = {1.0 / 255.0}};
}

/// The views of one image, one vector a view.
inline std::vector<std::vector<float>> views_of(const Split& split, const cv::Mat& image,
                                                const RandomKey& key = {}) {
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const data::ViewShape& view : split.views()) rows.emplace_back(view.numel(), -1e9f);
  for (auto& row : rows) pointers.push_back(row.data());
  split.apply({.index = static_cast<std::int64_t>(key.sample), .values = {image}}, key, pointers);
  return rows;
}

inline std::vector<std::vector<float>> views_of(const ViewRecipe& recipe, const cv::Mat& image,
                                                const RandomKey& key = {},
                                                Mode mode = Mode::train) {
  return views_of(*make_split(recipe, shape_of(image), mode), image, key);
}

/// What an Error says; empty where none is thrown.
template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cmc::views::test
