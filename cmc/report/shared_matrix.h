#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmc/evaluation/information.h"
#include "cmc/information/average_linkage.h"

namespace cmc::report {

/// What each view shares with each other one, and which views belong together by it.
struct SharedMatrix {
  std::vector<std::string> views;  ///< as the tree's leaves lie
  std::int64_t k = 0;              ///< negatives of every bound here
  double ceiling = 0;              ///< log(k + 1), bits
  /// Bounds log(k + 1) − L in bits, anchors from the row's view and candidates from the column's;
  /// NaN in the diagonal and where a pair was not measured with k.
  std::vector<std::vector<double>> bits;
  /// Of distances log(k + 1) − max(0, I), I the mean of a pair's two bounds: 0 where two views
  /// share all that k negatives can show, the ceiling where no bound shows that they share
  /// anything. Clusters are thus joined at the ceiling less the mean of the bounds between them.
  /// Items are places in `views`.
  information::Linkage linkage;
};

/// With fewer views a table says as much.
inline constexpr std::size_t least_matrix_views = 4;

/// The matrix of a measurement, each bound with the same k, that which most pairs were measured
/// with, the largest of those, since bounds of different k do not compare. Views are those of
/// pairs with it. Nothing where they are fewer than least_matrix_views.
std::optional<SharedMatrix> shared_matrix(const evaluation::InformationMeasurement& measured);

/// The matrix as a heat map, and its tree with the mean bound between two branches where they meet:
/// SVG documents (svg_document) as wide as they need for their views, 720 at least.
std::string heat_map_svg(const SharedMatrix& matrix);
std::string tree_svg(const SharedMatrix& matrix);

}  // namespace cmc::report
