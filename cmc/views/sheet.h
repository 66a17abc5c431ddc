#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/view_recipe.h"

namespace cmc::views {

/// How a picture sheet is made.
struct SheetOptions {
  /// Pixels that the longer side of a whole picture takes on the sheet, within [16, 1024]; small
  /// pictures are enlarged by a whole factor with their pixels left square, so that they take a
  /// little less or more.
  std::int64_t cell = 128;
  /// As training sees the samples, or as evaluation does.
  Mode mode = Mode::evaluate;
  /// Of the augmentation's draws.
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
};

/// A sample's picture as a person can look at it: 8-bit RGB of its own size.
cv::Mat picture_of(const data::Sample& sample);

/// One view of a sample as a person can look at it, 8-bit RGB of the view's size: a single channel
/// as grey, two channels of a colour space as colour, high frequencies around mid grey.
cv::Mat view_of(const Split& split, const data::Sample& sample, std::size_t view,
                const RandomKey& key = {});

/// A sheet of what a recipe makes of some samples, 8-bit RGB: one row a sample, with its class or
/// index, the picture as it is and each view; a caption over each column. Throws Error for an index
/// out of range, and what make_split and Dataset::get throw.
cv::Mat sheet(const data::Dataset& dataset, const ViewRecipe& recipe,
              const std::vector<std::int64_t>& indices, const SheetOptions& options = {});

}  // namespace cmc::views
