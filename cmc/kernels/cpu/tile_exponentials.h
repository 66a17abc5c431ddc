#pragma once

#include <cstdint>

namespace cmc::kernels {

/// What an entry of a tile is set to so that it is no negative.
inline constexpr float no_negative = -4.0f;

/// Columns of a tile are a multiple of this, padded with no_negative.
inline constexpr std::int64_t tile_column_multiple = 16;

/// The columns that n samples take: n, rounded up to that multiple.
constexpr std::int64_t padded_columns(std::int64_t n) {
  return (n + tile_column_multiple - 1) / tile_column_multiple * tile_column_multiple;
}

/// The most columns of a tile.
inline constexpr std::int64_t tile_column_limit = 1024;

/// A tile of scores: `rows` × `columns` cosines, row r beginning at values[r · stride].
struct ScoreTile {
  float* values = nullptr;
  std::int64_t rows = 0;
  /// A multiple of tile_column_multiple, at most tile_column_limit.
  std::int64_t columns = 0;
  std::int64_t stride = 0;
  /// Whether some entries are no_negative; their exponentials count as zero.
  bool masked = false;
};

/// Running figures of one side of a score matrix, its rows or its columns: for each, the sum of
/// exp((s − shift)/τ) and the largest score so far.
struct SideFigures {
  double* sum = nullptr;
  float* largest = nullptr;
};

/// 1/τ, as the kernels take it: exp(s/τ) = 2^(s · (high + low)).
struct ScoreScale {
  explicit ScoreScale(double temperature);

  /// Whether exp(±1/τ), summed over any number of samples, stays well inside float32, so that one
  /// exponential without a shift serves rows and columns (τ ≥ 1/64).
  bool fits() const { return inverse_temperature <= 64; }

  double inverse_temperature;
  float high;
  float low;
};

/// Adds a tile to the figures of its rows and of its columns in one pass, shift 0, one exponential
/// a pair. Needs scale.fits().
void add_exponentials(const ScoreTile& tile, const ScoreScale& scale, const SideFigures& rows,
                      const SideFigures& columns);

/// The same for any τ. Each side's shift is its largest score so far; a sum is rescaled when that
/// grows. Two exponentials a pair.
void add_shifted_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                              const SideFigures& rows, const SideFigures& columns);

/// Turns each score into exp(s/τ) · (row_weight + column_weight), written to weights[rows,
/// columns], which may be the tile itself where its stride is `columns`. Returns Σ weight · (s −
/// center). Needs scale.fits().
double weigh_exponentials(const ScoreTile& tile, const ScoreScale& scale, const float* row_weight,
                          const float* column_weight, float center, float* weights);

/// The same for any τ: row_weight · exp((s − row_top)/τ) + column_weight · exp((s − column_top)/τ),
/// where a top is at least as large as every score of its row or column.
double weigh_shifted_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                  const float* row_weight, const float* column_weight,
                                  const float* row_top, const float* column_top, float center,
                                  float* weights);

/// Raises each row's `largest` to the tile's.
void raise_largest(const ScoreTile& tile, float* largest);

/// Replaces each score by e = exp((s − top)/τ) with the row's top, and adds e to the row's `sum`, e
/// · (s − center) with the row's center to its `spread`.
void exponentiate_rows(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                       const float* center, double* sum, double* spread);

/// Rounds floats to bfloat16, ties to even. They must be finite.
void round_to_bfloat16(const float* from, std::int64_t count, std::uint16_t* to);

/// bfloat16 as float32.
void widen_bfloat16(const std::uint16_t* from, std::int64_t count, float* to);

}  // namespace cmc::kernels
