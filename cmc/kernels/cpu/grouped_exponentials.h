#pragma once

#include <cstdint>
#include <vector>

#include "cmc/kernels/cpu/tile_exponentials.h"

// What tile_exponentials.h does, where candidates are told apart into positives, which share a
// group with the anchor, and negatives.

namespace cmc::kernels {

/// The groups of a tile's rows and columns, in `count` columns each (PositiveGroups): that of row r
/// in column c is rows[c · row_stride + r], that of a tile's column j columns[c · column_stride +
/// j], which can be read up to ScoreTile::columns.
struct TileGroups {
  std::int64_t count = 0;
  const std::int32_t* rows = nullptr;
  std::int64_t row_stride = 0;
  const std::int32_t* columns = nullptr;
  std::int64_t column_stride = 0;
};

/// Figures of each anchor over its negatives and over its positives but its own; padded to a
/// multiple of tile_column_multiple. The shift of a sum is 0 where the scale fits, else its `top`.
struct GroupedFigures {
  explicit GroupedFigures(std::int64_t anchors);

  /// Σ exp((s − shift)/τ).
  std::vector<double> negative_sum, positive_sum;
  /// The largest score.
  std::vector<float> negative_top, positive_top;
  /// Σ s over the positives, and their number.
  std::vector<double> positive_score;
  std::vector<std::int64_t> positives;
};

/// Adds a tile to the figures of its rows, which are the anchors from `row` on, and, unless
/// `columns` is null, of its columns, the anchors of `columns` from `column` on. Entries that are
/// no_negative count as nothing. Returns Σ s over the rows' negatives.
double add_grouped_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                const TileGroups& groups, GroupedFigures& rows, std::int64_t row,
                                GroupedFigures* columns, std::int64_t column);

/// How much each score weighs in the gradient for one side's anchors, padded as GroupedFigures are:
/// a negative negative · exp((s − negative_top)/τ), a positive positive · exp((s −
/// positive_top)/τ) − pull. Where the scale fits, tops count as 0.
struct GroupedWeights {
  explicit GroupedWeights(std::int64_t anchors);

  std::vector<float> negative, positive, pull, negative_top, positive_top;
};

/// Writes the weight of each score, of its row and, unless `columns` is null, of its column, to
/// weights[tile.rows, tile.columns], which may be the tile itself where its stride is `columns`.
/// Returns Σ weight · (s − center).
double weigh_grouped_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                  const TileGroups& groups, const GroupedWeights& rows,
                                  std::int64_t row, const GroupedWeights* columns,
                                  std::int64_t column, float center, float* weights);

}  // namespace cmc::kernels
