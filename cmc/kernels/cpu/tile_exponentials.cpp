#include "cmc/kernels/cpu/tile_exponentials.h"

#include <algorithm>
#include <cmath>
#include <numbers>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/tile_exponentials.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/bfloat16-inl.h"
#include "cmc/kernels/cpu/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = TileTag;
using Vector = TileVector;

/// The exponential of a score, zero where it is no negative.
template <bool kMasked>
HWY_INLINE Vector of_score(const Exponential& exponential, Vector score) {
  const Vector value = exponential(score);
  if constexpr (!kMasked) return value;
  return hn::IfThenElseZero(hn::Gt(score, hn::Set(Tag(), -2.0f)), value);
}

/// Adds kRows rows, from `row` on, to the figures of these rows and to the tile's column sums and
/// maxima.
template <int kRows, bool kMasked>
HWY_INLINE void add_rows(const ScoreTile& tile, std::int64_t row, const Exponential& exponential,
                         const SideFigures& rows, float* HWY_RESTRICT column_sum,
                         float* HWY_RESTRICT column_largest) {
  const Tag f;
  const float* HWY_RESTRICT values = tile.values + row * tile.stride;
  Vector sum[kRows], largest[kRows];
  for (int r = 0; r < kRows; ++r) {
    sum[r] = hn::Zero(f);
    largest[r] = hn::Set(f, no_negative);
  }
  for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
    Vector all = hn::Load(f, column_sum + c), top = hn::Load(f, column_largest + c);
    for (int r = 0; r < kRows; ++r) {
      const Vector score = hn::LoadU(f, values + r * tile.stride + c);
      const Vector value = of_score<kMasked>(exponential, score);
      sum[r] = hn::Add(sum[r], value);
      largest[r] = hn::Max(largest[r], score);
      all = hn::Add(all, value);
      top = hn::Max(top, score);
    }
    hn::Store(all, f, column_sum + c);
    hn::Store(top, f, column_largest + c);
  }
  for (int r = 0; r < kRows; ++r) {
    rows.sum[row + r] += total(sum[r]);
    rows.largest[row + r] = std::max(rows.largest[row + r], largest_lane(largest[r]));
  }
}

template <bool kMasked>
void add_tile(const ScoreTile& tile, const ScoreScale& scale, const SideFigures& rows,
              const SideFigures& columns) {
  HWY_ALIGN float column_sum[tile_column_limit];
  HWY_ALIGN float column_largest[tile_column_limit];
  std::fill_n(column_sum, tile.columns, 0.0f);
  std::fill_n(column_largest, tile.columns, no_negative);
  const Exponential exponential(scale);
  std::int64_t row = 0;
  for (; row + 4 <= tile.rows; row += 4)
    add_rows<4, kMasked>(tile, row, exponential, rows, column_sum, column_largest);
  for (; row < tile.rows; ++row)
    add_rows<1, kMasked>(tile, row, exponential, rows, column_sum, column_largest);
  for (std::int64_t c = 0; c < tile.columns; ++c) {
    columns.sum[c] += column_sum[c];
    columns.largest[c] = std::max(columns.largest[c], column_largest[c]);
  }
}

void AddExponentials(const ScoreTile& tile, const ScoreScale& scale, const SideFigures& rows,
                     const SideFigures& columns) {
  if (tile.masked)
    add_tile<true>(tile, scale, rows, columns);
  else
    add_tile<false>(tile, scale, rows, columns);
}

void AddShiftedExponentials(const ScoreTile& tile, const ScoreScale& scale, const SideFigures& rows,
                            const SideFigures& columns) {
  const Tag f;
  HWY_ALIGN float column_sum[tile_column_limit];
  HWY_ALIGN float column_top[tile_column_limit];
  std::copy_n(columns.largest, tile.columns, column_top);
  std::fill_n(column_sum, tile.columns, 0.0f);
  for (std::int64_t row = 0; row < tile.rows; ++row)
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f))
      hn::Store(
          hn::Max(hn::Load(f, column_top + c), hn::LoadU(f, tile.values + row * tile.stride + c)),
          f, column_top + c);
  const Exponential exponential(scale);
  const Vector none = hn::Set(f, -2.0f);
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const float* values = tile.values + row * tile.stride;
    Vector largest = hn::Set(f, rows.largest[row]);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f))
      largest = hn::Max(largest, hn::LoadU(f, values + c));
    const float row_top = largest_lane(largest);
    const Vector top = hn::Set(f, row_top);
    Vector sum = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const auto negative = hn::Gt(score, none);
      sum = hn::Add(sum, hn::IfThenElseZero(negative, exponential.flushed(hn::Sub(score, top))));
      const Vector other = exponential.flushed(hn::Sub(score, hn::Load(f, column_top + c)));
      hn::Store(hn::Add(hn::Load(f, column_sum + c), hn::IfThenElseZero(negative, other)), f,
                column_sum + c);
    }
    rows.sum[row] = rows.sum[row] * rescale(rows.largest[row], row_top, scale) + total(sum);
    rows.largest[row] = row_top;
  }
  for (std::int64_t c = 0; c < tile.columns; ++c) {
    columns.sum[c] =
        columns.sum[c] * rescale(columns.largest[c], column_top[c], scale) + column_sum[c];
    columns.largest[c] = column_top[c];
  }
}

template <int kRows, bool kMasked>
HWY_INLINE double weigh_rows(const ScoreTile& tile, std::int64_t row,
                             const Exponential& exponential, const float* HWY_RESTRICT row_weight,
                             const float* HWY_RESTRICT column_weight, float center,
                             float* weights) {
  const Tag f;
  const Vector middle = hn::Set(f, center);
  const float* values = tile.values + row * tile.stride;
  float* to = weights + row * tile.columns;
  Vector own[kRows], spread[kRows];
  for (int r = 0; r < kRows; ++r) {
    own[r] = hn::Set(f, row_weight[row + r]);
    spread[r] = hn::Zero(f);
  }
  for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
    const Vector other = hn::LoadU(f, column_weight + c);
    for (int r = 0; r < kRows; ++r) {
      const Vector score = hn::LoadU(f, values + r * tile.stride + c);
      const Vector weight = hn::Mul(of_score<kMasked>(exponential, score), hn::Add(own[r], other));
      spread[r] = hn::MulAdd(weight, hn::Sub(score, middle), spread[r]);
      hn::StoreU(weight, f, to + r * tile.columns + c);
    }
  }
  double all = 0;
  for (int r = 0; r < kRows; ++r) all += total(spread[r]);
  return all;
}

template <bool kMasked>
double weigh_tile(const ScoreTile& tile, const ScoreScale& scale, const float* row_weight,
                  const float* column_weight, float center, float* weights) {
  const Exponential exponential(scale);
  double spread = 0;
  std::int64_t row = 0;
  for (; row + 4 <= tile.rows; row += 4)
    spread +=
        weigh_rows<4, kMasked>(tile, row, exponential, row_weight, column_weight, center, weights);
  for (; row < tile.rows; ++row)
    spread +=
        weigh_rows<1, kMasked>(tile, row, exponential, row_weight, column_weight, center, weights);
  return spread;
}

double WeighExponentials(const ScoreTile& tile, const ScoreScale& scale, const float* row_weight,
                         const float* column_weight, float center, float* weights) {
  return tile.masked ? weigh_tile<true>(tile, scale, row_weight, column_weight, center, weights)
                     : weigh_tile<false>(tile, scale, row_weight, column_weight, center, weights);
}

double WeighShiftedExponentials(const ScoreTile& tile, const ScoreScale& scale,
                                const float* row_weight, const float* column_weight,
                                const float* row_top, const float* column_top, float center,
                                float* weights) {
  const Tag f;
  const Exponential exponential(scale);
  const Vector middle = hn::Set(f, center);
  double all = 0;
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const float* values = tile.values + row * tile.stride;
    float* to = weights + row * tile.columns;
    const Vector own = hn::Set(f, row_weight[row]), top = hn::Set(f, row_top[row]);
    Vector spread = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const Vector by_row = exponential.flushed(hn::Sub(score, top));
      const Vector by_column = exponential.flushed(hn::Sub(score, hn::LoadU(f, column_top + c)));
      const Vector both =
          hn::MulAdd(own, by_row, hn::Mul(hn::LoadU(f, column_weight + c), by_column));
      const Vector weight = hn::IfThenElseZero(hn::Gt(score, hn::Set(f, -2.0f)), both);
      spread = hn::MulAdd(weight, hn::Sub(score, middle), spread);
      hn::StoreU(weight, f, to + c);
    }
    all += total(spread);
  }
  return all;
}

void RaiseLargest(const ScoreTile& tile, float* largest) {
  const Tag f;
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    Vector top = hn::Set(f, largest[row]);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f))
      top = hn::Max(top, hn::LoadU(f, tile.values + row * tile.stride + c));
    largest[row] = largest_lane(top);
  }
}

void ExponentiateRows(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                      const float* center, double* sum, double* spread) {
  const Tag f;
  const Exponential exponential(scale);
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    float* HWY_RESTRICT values = tile.values + row * tile.stride;
    const Vector shift = hn::Set(f, top[row]), middle = hn::Set(f, center[row]);
    Vector all = hn::Zero(f), around = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const Vector value = hn::IfThenElseZero(hn::Gt(score, hn::Set(f, -2.0f)),
                                              exponential.flushed(hn::Sub(score, shift)));
      hn::StoreU(value, f, values + c);
      all = hn::Add(all, value);
      around = hn::MulAdd(value, hn::Sub(score, middle), around);
    }
    sum[row] += total(all);
    spread[row] += total(around);
  }
}

void RoundToBfloat16(const float* HWY_RESTRICT from, std::int64_t count,
                     std::uint16_t* HWY_RESTRICT to) {
  const hn::CappedTag<float, tile_column_multiple> f;
  const hn::CappedTag<float, 1> one;
  const std::int64_t lanes = hn::Lanes(f);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) store_bfloat16(hn::LoadU(f, from + i), f, to + i);
  for (; i < count; ++i) store_bfloat16(hn::LoadU(one, from + i), one, to + i);
}

void WidenBfloat16(const std::uint16_t* HWY_RESTRICT from, std::int64_t count,
                   float* HWY_RESTRICT to) {
  const hn::CappedTag<float, tile_column_multiple> f;
  const hn::CappedTag<float, 1> one;
  const std::int64_t lanes = hn::Lanes(f);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(load_bfloat16(f, from + i), f, to + i);
  for (; i < count; ++i) hn::StoreU(load_bfloat16(one, from + i), one, to + i);
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(AddExponentials);
HWY_EXPORT(AddShiftedExponentials);
HWY_EXPORT(WeighExponentials);
HWY_EXPORT(WeighShiftedExponentials);
HWY_EXPORT(RaiseLargest);
HWY_EXPORT(ExponentiateRows);
HWY_EXPORT(RoundToBfloat16);
HWY_EXPORT(WidenBfloat16);

ScoreScale::ScoreScale(double temperature) : inverse_temperature(1 / temperature) {
  const double scale = std::numbers::log2e * inverse_temperature;
  high = static_cast<float>(scale);
  low = static_cast<float>(scale - high);
}

void add_exponentials(const ScoreTile& tile, const ScoreScale& scale, const SideFigures& rows,
                      const SideFigures& columns) {
  HWY_DYNAMIC_DISPATCH(AddExponentials)(tile, scale, rows, columns);
}

void add_shifted_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                              const SideFigures& rows, const SideFigures& columns) {
  HWY_DYNAMIC_DISPATCH(AddShiftedExponentials)(tile, scale, rows, columns);
}

double weigh_exponentials(const ScoreTile& tile, const ScoreScale& scale, const float* row_weight,
                          const float* column_weight, float center, float* weights) {
  return HWY_DYNAMIC_DISPATCH(WeighExponentials)(tile, scale, row_weight, column_weight, center,
                                                 weights);
}

double weigh_shifted_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                  const float* row_weight, const float* column_weight,
                                  const float* row_top, const float* column_top, float center,
                                  float* weights) {
  return HWY_DYNAMIC_DISPATCH(WeighShiftedExponentials)(tile, scale, row_weight, column_weight,
                                                        row_top, column_top, center, weights);
}

void raise_largest(const ScoreTile& tile, float* largest) {
  HWY_DYNAMIC_DISPATCH(RaiseLargest)(tile, largest);
}

void exponentiate_rows(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                       const float* center, double* sum, double* spread) {
  HWY_DYNAMIC_DISPATCH(ExponentiateRows)(tile, scale, top, center, sum, spread);
}

void round_to_bfloat16(const float* from, std::int64_t count, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(RoundToBfloat16)(from, count, to);
}

void widen_bfloat16(const std::uint16_t* from, std::int64_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(WidenBfloat16)(from, count, to);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
