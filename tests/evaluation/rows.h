#pragma once

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::evaluation {

/// Noise of 8 × 8 grey pixels with a bright row at 2 · label in both halves; sample 5 can't be
/// read.
class Rows : public data::Dataset {
 public:
  explicit Rows(std::int64_t size, std::uint64_t seed = 0) : size_(size), seed_(seed) {}
  std::int64_t size() const override { return size_; }
  data::Sample get(std::int64_t index) const override {
    if (index == 5) throw UnreadableError("sample 5 is damaged");
    cv::Mat image(8, 8, CV_8UC1);
    RandomStream stream(RandomPurpose::made_data, seed_, 0, static_cast<std::uint64_t>(index));
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        const std::int64_t bright = y == 2 * label(index) ? 60 : 0;
        image.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(bright + stream.below(120));
      }
    }
    return {index, label(index), {image}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 3; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources{{.shape = {1, 8, 8}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::int64_t size_;
  std::uint64_t seed_;
  std::vector<std::string> classes_{"top", "middle", "bottom"};
};

/// The left and the right half, in 0 … 1.
class Halves : public data::Transform {
 public:
  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey&,
             std::span<float* const> rows) const override {
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        rows[x / 4][4 * y + x % 4] =
            static_cast<float>(sample.values[0].at<std::uint8_t>(y, x)) / 255;
      }
    }
  }

 private:
  std::vector<data::ViewShape> views_{{"left", 1, 8, 4}, {"right", 1, 8, 4}};
};

/// Rows of two sources, the image and the image again, that lack the second where the index is a
/// multiple of 4 and the first where one more would be.
class RowsWithGaps : public Rows {
 public:
  using Rows::Rows;
  data::Sample get(std::int64_t index) const override {
    data::Sample sample = Rows::get(index);
    sample.values.push_back(sample.values[0]);
    if (index % 4 == 0) sample.values[1] = cv::Mat();
    if (index % 4 == 3) sample.values[0] = cv::Mat();
    return sample;
  }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources{{.shape = {1, 8, 8}}, {.shape = {1, 8, 8}}};
    return sources;
  }
};

/// The left half of the first source and the right half of the second.
class HalvesOfTwo : public data::Transform {
 public:
  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey&,
             std::span<float* const> rows) const override {
    for (int v = 0; v < 2; ++v) {
      if (sample.values[v].empty()) continue;
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 4; ++x)
          rows[v][4 * y + x] =
              static_cast<float>(sample.values[v].at<std::uint8_t>(y, 4 * v + x)) / 255;
    }
  }

 private:
  std::vector<data::ViewShape> views_{{"left", 1, 8, 4, 0}, {"right", 1, 8, 4, 1}};
};

}  // namespace cmc::evaluation
