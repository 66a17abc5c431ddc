#include "cmc/kernels/cpu/grouped_exponentials.h"

#include <algorithm>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/grouped_exponentials.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = TileTag;
using Vector = TileVector;
using Mask = hn::Mask<Tag>;

/// Which of a vector of candidates a row meets, as negatives and as positives.
struct Met {
  Mask negative, positive;
};

HWY_INLINE Met met(const TileGroups& groups, std::int64_t row, std::int64_t column, Vector score) {
  const Tag f;
  const hn::RebindToSigned<Tag> i;
  const std::int32_t *own = groups.rows + row, *other = groups.columns + column;
  auto same = hn::Eq(hn::Set(i, own[0]), hn::LoadU(i, other));
  for (std::int64_t c = 1; c < groups.count; ++c)
    same = hn::Or(same, hn::Eq(hn::Set(i, own[c * groups.row_stride]),
                               hn::LoadU(i, other + c * groups.column_stride)));
  const Mask shared = hn::RebindMask(f, same), meets = hn::Gt(score, hn::Set(f, -2.0f));
  return {hn::AndNot(shared, meets), hn::And(shared, meets)};
}

/// A tile's figures of its columns, float32, until they are added to those of all tiles.
struct ColumnFigures {
  HWY_ALIGN float negative_sum[tile_column_limit] = {};
  HWY_ALIGN float positive_sum[tile_column_limit] = {};
  HWY_ALIGN float positive_score[tile_column_limit] = {};
  HWY_ALIGN float positives[tile_column_limit] = {};
  HWY_ALIGN float negative_top[tile_column_limit];
  HWY_ALIGN float positive_top[tile_column_limit];
};

/// Adds each lane to what stands at `to`.
HWY_INLINE void add_at(float* to, Vector value) {
  const Tag f;
  hn::Store(hn::Add(hn::Load(f, to), value), f, to);
}
HWY_INLINE void raise_at(float* to, Vector value) {
  const Tag f;
  hn::Store(hn::Max(hn::Load(f, to), value), f, to);
}

/// kRows rows from tile row `r` on, shift 0.
template <int kRows, bool kColumns>
HWY_INLINE double add_rows(const ScoreTile& tile, const TileGroups& groups, std::int64_t r,
                           const Exponential& exponential, GroupedFigures& rows, std::int64_t row,
                           ColumnFigures& columns) {
  const Tag f;
  const Vector zero = hn::Zero(f), one = hn::Set(f, 1.0f), none = hn::Set(f, no_negative);
  const float* HWY_RESTRICT values = tile.values + r * tile.stride;
  Vector negative_sum[kRows], positive_sum[kRows], score_sum[kRows], count[kRows], top[kRows];
  Vector all = zero;
  for (int k = 0; k < kRows; ++k) {
    negative_sum[k] = positive_sum[k] = score_sum[k] = count[k] = zero;
    top[k] = none;
  }
  for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
    Vector negative_column = zero, positive_column = zero, score_column = zero, count_column = zero,
           top_column = none;
    for (int k = 0; k < kRows; ++k) {
      const Vector score = hn::LoadU(f, values + k * tile.stride + c);
      const Met meets = met(groups, r + k, c, score);
      const Vector value = exponential(score);
      const Vector of_negative = hn::IfThenElseZero(meets.negative, value),
                   of_positive = hn::IfThenElseZero(meets.positive, value),
                   positive = hn::IfThenElseZero(meets.positive, score),
                   counted = hn::IfThenElseZero(meets.positive, one),
                   negative = hn::IfThenElse(meets.negative, score, none);
      negative_sum[k] = hn::Add(negative_sum[k], of_negative);
      positive_sum[k] = hn::Add(positive_sum[k], of_positive);
      score_sum[k] = hn::Add(score_sum[k], positive);
      count[k] = hn::Add(count[k], counted);
      top[k] = hn::Max(top[k], negative);
      all = hn::Add(all, hn::IfThenElseZero(meets.negative, score));
      if constexpr (kColumns) {
        negative_column = hn::Add(negative_column, of_negative);
        positive_column = hn::Add(positive_column, of_positive);
        score_column = hn::Add(score_column, positive);
        count_column = hn::Add(count_column, counted);
        top_column = hn::Max(top_column, negative);
      }
    }
    if constexpr (kColumns) {
      add_at(columns.negative_sum + c, negative_column);
      add_at(columns.positive_sum + c, positive_column);
      add_at(columns.positive_score + c, score_column);
      add_at(columns.positives + c, count_column);
      raise_at(columns.negative_top + c, top_column);
    }
  }
  for (int k = 0; k < kRows; ++k) {
    const std::int64_t i = row + r + k;
    rows.negative_sum[i] += total(negative_sum[k]);
    rows.positive_sum[i] += total(positive_sum[k]);
    rows.positive_score[i] += total(score_sum[k]);
    rows.positives[i] += static_cast<std::int64_t>(total(count[k]));
    rows.negative_top[i] = std::max(rows.negative_top[i], largest_lane(top[k]));
  }
  return total(all);
}

template <bool kColumns>
double add_tile(const ScoreTile& tile, const ScoreScale& scale, const TileGroups& groups,
                GroupedFigures& rows, std::int64_t row, ColumnFigures& columns) {
  const Exponential exponential(scale);
  double negative = 0;
  std::int64_t r = 0;
  for (; r + 2 <= tile.rows; r += 2)
    negative += add_rows<2, kColumns>(tile, groups, r, exponential, rows, row, columns);
  for (; r < tile.rows; ++r)
    negative += add_rows<1, kColumns>(tile, groups, r, exponential, rows, row, columns);
  return negative;
}

/// Raises the columns' tops to the tile's.
void raise_tops(const ScoreTile& tile, const TileGroups& groups, ColumnFigures& columns) {
  const Tag f;
  const Vector none = hn::Set(f, no_negative);
  for (std::int64_t r = 0; r < tile.rows; ++r)
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, tile.values + r * tile.stride + c);
      const Met meets = met(groups, r, c, score);
      raise_at(columns.negative_top + c, hn::IfThenElse(meets.negative, score, none));
      raise_at(columns.positive_top + c, hn::IfThenElse(meets.positive, score, none));
    }
}

/// Each side's shift is its largest score so far; two exponentials a pair.
template <bool kColumns>
double add_shifted_tile(const ScoreTile& tile, const ScoreScale& scale, const TileGroups& groups,
                        GroupedFigures& rows, std::int64_t row, ColumnFigures& columns) {
  const Tag f;
  const Exponential exponential(scale);
  const Vector zero = hn::Zero(f), one = hn::Set(f, 1.0f), none = hn::Set(f, no_negative);
  if constexpr (kColumns) raise_tops(tile, groups, columns);
  double all = 0;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const float* values = tile.values + r * tile.stride;
    const std::int64_t i = row + r;
    Vector negative_top = hn::Set(f, rows.negative_top[i]),
           positive_top = hn::Set(f, rows.positive_top[i]);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const Met meets = met(groups, r, c, score);
      negative_top = hn::Max(negative_top, hn::IfThenElse(meets.negative, score, none));
      positive_top = hn::Max(positive_top, hn::IfThenElse(meets.positive, score, none));
    }
    const float negative_shift = largest_lane(negative_top),
                positive_shift = largest_lane(positive_top);
    negative_top = hn::Set(f, negative_shift);
    positive_top = hn::Set(f, positive_shift);
    Vector negative_sum = zero, positive_sum = zero, score_sum = zero, count = zero,
           negative_score = zero;
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const Met meets = met(groups, r, c, score);
      const Vector positive = hn::IfThenElseZero(meets.positive, score),
                   counted = hn::IfThenElseZero(meets.positive, one);
      const Vector value = exponential.flushed(
          hn::Sub(score, hn::IfThenElse(meets.positive, positive_top, negative_top)));
      negative_sum = hn::Add(negative_sum, hn::IfThenElseZero(meets.negative, value));
      positive_sum = hn::Add(positive_sum, hn::IfThenElseZero(meets.positive, value));
      score_sum = hn::Add(score_sum, positive);
      count = hn::Add(count, counted);
      negative_score = hn::Add(negative_score, hn::IfThenElseZero(meets.negative, score));
      if constexpr (kColumns) {
        const Vector top = hn::IfThenElse(meets.positive, hn::Load(f, columns.positive_top + c),
                                          hn::Load(f, columns.negative_top + c));
        const Vector other = exponential.flushed(hn::Sub(score, top));
        add_at(columns.negative_sum + c, hn::IfThenElseZero(meets.negative, other));
        add_at(columns.positive_sum + c, hn::IfThenElseZero(meets.positive, other));
        add_at(columns.positive_score + c, positive);
        add_at(columns.positives + c, counted);
      }
    }
    rows.negative_sum[i] =
        rows.negative_sum[i] * rescale(rows.negative_top[i], negative_shift, scale) +
        total(negative_sum);
    rows.positive_sum[i] =
        rows.positive_sum[i] * rescale(rows.positive_top[i], positive_shift, scale) +
        total(positive_sum);
    rows.negative_top[i] = negative_shift;
    rows.positive_top[i] = positive_shift;
    rows.positive_score[i] += total(score_sum);
    rows.positives[i] += static_cast<std::int64_t>(total(count));
    all += total(negative_score);
  }
  return all;
}

/// Adds what a tile gave its columns, whose shifts grew to the tile's tops.
void take_columns(const ColumnFigures& tile, std::int64_t count, const ScoreScale& scale,
                  GroupedFigures& all, std::int64_t column) {
  for (std::int64_t c = 0; c < count; ++c) {
    const std::int64_t j = column + c;
    if (!scale.fits()) {
      all.negative_sum[j] *= rescale(all.negative_top[j], tile.negative_top[c], scale);
      all.positive_sum[j] *= rescale(all.positive_top[j], tile.positive_top[c], scale);
    }
    all.negative_sum[j] += tile.negative_sum[c];
    all.positive_sum[j] += tile.positive_sum[c];
    all.positive_score[j] += tile.positive_score[c];
    all.positives[j] += static_cast<std::int64_t>(tile.positives[c]);
    all.negative_top[j] = tile.negative_top[c];
    all.positive_top[j] = tile.positive_top[c];
  }
}

double AddGroupedExponentials(const ScoreTile& tile, const ScoreScale& scale,
                              const TileGroups& groups, GroupedFigures& rows, std::int64_t row,
                              GroupedFigures* columns, std::int64_t column) {
  ColumnFigures of_columns;
  if (columns == nullptr)
    return scale.fits() ? add_tile<false>(tile, scale, groups, rows, row, of_columns)
                        : add_shifted_tile<false>(tile, scale, groups, rows, row, of_columns);
  std::copy_n(&columns->negative_top[column], tile.columns, of_columns.negative_top);
  std::copy_n(&columns->positive_top[column], tile.columns, of_columns.positive_top);
  const double negative = scale.fits()
                              ? add_tile<true>(tile, scale, groups, rows, row, of_columns)
                              : add_shifted_tile<true>(tile, scale, groups, rows, row, of_columns);
  take_columns(of_columns, tile.columns, scale, *columns, column);
  return negative;
}

/// What a side's weights say of a vector of scores, as negatives and as positives.
struct Sided {
  Vector negative, positive, pull, negative_top, positive_top;
};

template <bool kFits>
HWY_INLINE Sided of_anchor(const GroupedWeights& side, std::int64_t i) {
  const Tag f;
  Sided sided;
  sided.negative = hn::Set(f, side.negative[i]);
  sided.positive = hn::Set(f, side.positive[i]);
  sided.pull = hn::Set(f, side.pull[i]);
  sided.negative_top = kFits ? hn::Zero(f) : hn::Set(f, side.negative_top[i]);
  sided.positive_top = kFits ? hn::Zero(f) : hn::Set(f, side.positive_top[i]);
  return sided;
}

template <bool kFits>
HWY_INLINE Sided of_anchors(const GroupedWeights& side, std::int64_t i) {
  const Tag f;
  Sided sided;
  sided.negative = hn::LoadU(f, &side.negative[i]);
  sided.positive = hn::LoadU(f, &side.positive[i]);
  sided.pull = hn::LoadU(f, &side.pull[i]);
  sided.negative_top = kFits ? hn::Zero(f) : hn::LoadU(f, &side.negative_top[i]);
  sided.positive_top = kFits ? hn::Zero(f) : hn::LoadU(f, &side.positive_top[i]);
  return sided;
}

/// The exponential of each score relative to a side's tops, weighed.
HWY_INLINE Vector shifted(const Exponential& exponential, const Sided& side, const Met& meets,
                          Vector score) {
  const Vector top = hn::IfThenElse(meets.positive, side.positive_top, side.negative_top);
  return hn::Mul(hn::IfThenElse(meets.positive, side.positive, side.negative),
                 exponential.flushed(hn::Sub(score, top)));
}

template <bool kFits, bool kColumns>
double weigh_tile(const ScoreTile& tile, const ScoreScale& scale, const TileGroups& groups,
                  const GroupedWeights& rows, std::int64_t row, const GroupedWeights* columns,
                  std::int64_t column, float center, float* weights) {
  const Tag f;
  const Exponential exponential(scale);
  const Vector middle = hn::Set(f, center);
  double all = 0;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const float* values = tile.values + r * tile.stride;
    float* to = weights + r * tile.columns;
    const Sided own = of_anchor<kFits>(rows, row + r);
    Vector spread = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const Met meets = met(groups, r, c, score);
      Vector weight, pull = own.pull;
      if constexpr (kFits) {
        Vector negative = own.negative, positive = own.positive;
        if constexpr (kColumns) {
          const Sided other = of_anchors<true>(*columns, column + c);
          negative = hn::Add(negative, other.negative);
          positive = hn::Add(positive, other.positive);
          pull = hn::Add(pull, other.pull);
        }
        weight = hn::Mul(exponential(score), hn::IfThenElse(meets.positive, positive, negative));
      } else {
        weight = shifted(exponential, own, meets, score);
        if constexpr (kColumns) {
          const Sided other = of_anchors<false>(*columns, column + c);
          weight = hn::Add(weight, shifted(exponential, other, meets, score));
          pull = hn::Add(pull, other.pull);
        }
      }
      weight = hn::Sub(weight, hn::IfThenElseZero(meets.positive, pull));
      weight = hn::IfThenElseZero(hn::Or(meets.negative, meets.positive), weight);
      spread = hn::MulAdd(weight, hn::Sub(score, middle), spread);
      hn::StoreU(weight, f, to + c);
    }
    all += total(spread);
  }
  return all;
}

double WeighGroupedExponentials(const ScoreTile& tile, const ScoreScale& scale,
                                const TileGroups& groups, const GroupedWeights& rows,
                                std::int64_t row, const GroupedWeights* columns,
                                std::int64_t column, float center, float* weights) {
  const auto weigh =
      scale.fits() ? (columns != nullptr ? weigh_tile<true, true> : weigh_tile<true, false>)
                   : (columns != nullptr ? weigh_tile<false, true> : weigh_tile<false, false>);
  return weigh(tile, scale, groups, rows, row, columns, column, center, weights);
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(AddGroupedExponentials);
HWY_EXPORT(WeighGroupedExponentials);

GroupedFigures::GroupedFigures(std::int64_t anchors)
    : negative_sum(padded_columns(anchors), 0.0),
      positive_sum(negative_sum),
      negative_top(padded_columns(anchors), no_negative),
      positive_top(negative_top),
      positive_score(negative_sum),
      positives(padded_columns(anchors), 0) {}

GroupedWeights::GroupedWeights(std::int64_t anchors)
    : negative(padded_columns(anchors), 0.0f),
      positive(negative),
      pull(negative),
      negative_top(negative),
      positive_top(negative) {}

double add_grouped_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                const TileGroups& groups, GroupedFigures& rows, std::int64_t row,
                                GroupedFigures* columns, std::int64_t column) {
  return HWY_DYNAMIC_DISPATCH(AddGroupedExponentials)(tile, scale, groups, rows, row, columns,
                                                      column);
}

double weigh_grouped_exponentials(const ScoreTile& tile, const ScoreScale& scale,
                                  const TileGroups& groups, const GroupedWeights& rows,
                                  std::int64_t row, const GroupedWeights* columns,
                                  std::int64_t column, float center, float* weights) {
  return HWY_DYNAMIC_DISPATCH(WeighGroupedExponentials)(tile, scale, groups, rows, row, columns,
                                                        column, center, weights);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
