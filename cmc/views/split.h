#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "cmc/data/transform.h"
#include "cmc/views/augmentation.h"

namespace cmc::views {

/// What every split is made with: the augmentation in front of it, the channels of its pictures (1:
/// grey, 3: RGB) and how values are normalised.
struct Frame {
  Augmentation augmentation;
  std::int64_t channels = 3;
  NormalizationOptions normalization = {};

  cv::Size size() const { return augmentation.output(); }
};

/// A transform that cuts one picture into views and can show a view to a person. A new one is a
/// file with its options, a subclass and a function make_split, and an entry in SplitOptions
/// (view_recipe.h).
class Split : public data::Transform {
 public:
  const std::vector<data::ViewShape>& views() const final { return views_; }

  /// As data::Transform has it. Throws Error, naming the sample, where the picture has another
  /// depth or other channels than the split was made for.
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const final;

  /// Size of the whole picture that the views are cut from.
  cv::Size picture_size() const { return frame_.size(); }

  /// View v as a picture for a person, 8-bit RGB, from the row that apply wrote.
  virtual cv::Mat show(std::size_t view, const float* row) const = 0;

 protected:
  Split(Frame frame, std::vector<data::ViewShape> views);

  /// Cuts an image of the right type. What the views share is drawn from
  /// key.stream(RandomKey::joint), what view v has alone from key.stream(v).
  virtual void cut(const cv::Mat& image, const RandomKey& key,
                   std::span<float* const> rows) const = 0;

  const Frame& frame() const { return frame_; }

 private:
  Frame frame_;
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::views
