#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/random.h"
#include "cmc/views/visible_transform.h"

namespace cmc::views {

/// How a picture sheet is made.
struct SheetOptions {
  /// Pixels that the longer side of a whole picture takes on the sheet, within [16, 1024]; small
  /// pictures are enlarged by a whole factor with their pixels left square, so that they take a
  /// little less or more.
  std::int64_t cell = 128;
  /// Paper that is white, or that lets a page through, with captions in a grey that can be read on
  /// light and on dark.
  bool transparent = false;
  /// Of the augmentation's draws.
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
};

/// A raw picture as a person can look at it: 8-bit RGB of its own size.
cv::Mat picture_of(const cv::Mat& image);

/// One view of a sample as a person can look at it, 8-bit RGB: of a picture, a single channel as
/// grey, two channels of a colour space as colour, high frequencies around mid grey. A missing view
/// is a single grey pixel.
cv::Mat view_of(const VisibleTransform& transform, const data::Sample& sample, std::size_t view,
                const RandomKey& key = {});

/// A sheet of what a transform makes of some samples, 8-bit RGB, or RGBA where its paper is
/// transparent: one row a sample, with its row (Dataset::row) and class, its raw pictures as they
/// are and each view; a caption over each column. The row of a sample that can't be read is grey
/// and says so. Throws Error for an index out of range.
cv::Mat sheet(const data::Dataset& dataset, const VisibleTransform& transform,
              const std::vector<std::int64_t>& indices, const SheetOptions& options = {});

}  // namespace cmc::views
