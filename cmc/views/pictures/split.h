#pragma once

#include <ATen/core/Tensor.h>

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"

namespace cmc::views {

/// What every split is made with: the augmentation in front of it, the channels of its pictures (1:
/// grey, 3: RGB) and how values are normalised.
struct Frame {
  Augmentation augmentation;
  std::int64_t channels = 3;
  NormalizationOptions normalization = {};
  /// The source whose pictures are cut.
  std::size_t source = 0;
  /// The name of a single view, the prefix of the names of several; empty: nothing.
  std::string name = {};

  cv::Size size() const { return augmentation.output(); }
};

/// A transform that cuts one picture into views. A new one is a file with its options, a subclass
/// and a function make_split, and an entry in SplitOptions (view_recipe.h).
class Split : public PortableTransform {
 public:
  const std::vector<data::ViewShape>& views() const final { return views_; }

  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const final;

  /// As data::Transform has it. Throws Error, naming the sample, where the picture has another
  /// depth or other channels than the split was made for.
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const final;

  /// Size of the whole picture that the views are cut from.
  cv::Size picture_size() const { return frame_.size(); }

  /// Of every view the pictures: uint8 [N, C, H, W], C = 1 (grey) or 3 (R, G, B), H and W those of
  /// picture_size().
  RawInput raw_input(std::size_t view) const final;

 protected:
  Split(Frame frame, std::vector<data::ViewShape> views);

  /// Cuts an image of the right type. What the views share is drawn from
  /// key.stream(RandomKey::joint), what view v has alone from key.stream(v).
  virtual void cut(const PictureRead& image, const RandomKey& key,
                   std::span<float* const> rows) const = 0;

  /// What cut() looks at in a picture of `size` under the same key: what the augmentation shows by
  /// the draws of key.stream(RandomKey::joint), unless a split says otherwise.
  virtual data::Cutout seen(cv::Size size, const RandomKey& key) const;

  const Frame& frame() const { return frame_; }

 private:
  /// Cuts once for each view, from an augmentation of its own, and keeps that view.
  void cut_apart(const PictureRead& image, const RandomKey& key,
                 std::span<float* const> rows) const;

  /// Whether one augmentation serves all views.
  bool cuts_once() const {
    return frame_.augmentation.shared() || frame_.augmentation.mode() == Mode::evaluate;
  }

  Frame frame_;
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::views
