#include "cmc/kernels/cpu/tile_sigmoids.h"

#include <algorithm>
#include <cmath>
#include <numbers>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/tile_sigmoids.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = TileTag;
using Vector = TileVector;

/// σ(x) and softplus(x) of scores.
struct Sigmoid {
  explicit Sigmoid(const ScoreOdds& odds)
      : high(hn::Set(Tag(), odds.high)),
        low(hn::Set(Tag(), odds.low)),
        whole(hn::Set(Tag(), odds.whole)),
        fraction(hn::Set(Tag(), odds.fraction)),
        bias(hn::Set(Tag(), odds.whole + odds.fraction)) {}

  struct Values {
    Vector slope, loss;
  };

  HWY_INLINE Values operator()(Vector score) const {
    const Tag f;
    const hn::RebindToSigned<Tag> i;
    const Vector magic = hn::Set(f, round_to_low_bits), one = hn::Set(f, 1.0f);
    // x · log₂e as an integer and a rest in [−½, ½]: b's integer is taken off before the rest is
    // rounded, so that a large b costs no digits of it.
    const Vector integer = hn::Sub(hn::Add(hn::MulAdd(score, high, bias), magic), magic);
    const Vector rest =
        hn::MulAdd(score, low, hn::Add(hn::MulSub(score, high, hn::Sub(integer, whole)), fraction));
    const Vector power = hn::Add(integer, rest);
    // e = exp(−|x|), which never leaves the range upward.
    const auto above = hn::Gt(power, hn::Zero(f));
    const Vector down = hn::IfThenElse(above, hn::Neg(integer), integer);
    const Vector part = power_of_rest(hn::IfThenElse(above, hn::Neg(rest), rest));
    const Vector raised =
        hn::BitCast(f, hn::Add(hn::BitCast(i, part), hn::ShiftLeft<23>(hn::ConvertTo(i, down))));
    const Vector e = hn::IfThenElseZero(hn::Lt(hn::Abs(power), hn::Set(f, 125.0f)), raised);
    // log(1 + e) = e · p(e) with p within 3e-8, relatively.
    Vector p = hn::MulAdd(hn::Set(f, 5.23269130e-3f), e, hn::Set(f, -2.95052268e-2f));
    p = hn::MulAdd(p, e, hn::Set(f, 7.82259330e-2f));
    p = hn::MulAdd(p, e, hn::Set(f, -1.36632442e-1f));
    p = hn::MulAdd(p, e, hn::Set(f, 1.91060066e-1f));
    p = hn::MulAdd(p, e, hn::Set(f, -2.48429820e-1f));
    p = hn::MulAdd(p, e, hn::Set(f, 3.33190978e-1f));
    p = hn::MulAdd(p, e, hn::Set(f, -4.99994934e-1f));
    p = hn::MulAdd(p, e, hn::Set(f, 9.99999940e-1f));
    const Vector positive_part =
        hn::Mul(hn::Max(power, hn::Zero(f)), hn::Set(f, std::numbers::ln2_v<float>));
    const Vector share = hn::Div(one, hn::Add(one, e));
    return {hn::IfThenElse(above, share, hn::Mul(e, share)), hn::MulAdd(e, p, positive_part)};
  }

  Vector high, low, whole, fraction, bias;
};

/// kRows rows from `row` on.
template <int kRows>
HWY_INLINE SlopeSums weigh_rows(const ScoreTile& tile, std::int64_t row, const Sigmoid& sigmoid,
                                const float* HWY_RESTRICT row_weight,
                                const float* HWY_RESTRICT column_weight, double* row_sum,
                                float* HWY_RESTRICT column_sum) {
  const Tag f;
  float* HWY_RESTRICT values = tile.values + row * tile.stride;
  const Vector none = hn::Set(f, -2.0f);
  Vector own[kRows], sum[kRows], slope = hn::Zero(f), tilted = hn::Zero(f);
  for (int r = 0; r < kRows; ++r) {
    own[r] = hn::Set(f, row_weight[row + r]);
    sum[r] = hn::Zero(f);
  }
  for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
    const Vector other = hn::LoadU(f, column_weight + c);
    Vector all = hn::Load(f, column_sum + c);
    for (int r = 0; r < kRows; ++r) {
      const Vector score = hn::LoadU(f, values + r * tile.stride + c);
      const auto negative = hn::Gt(score, none);
      const auto [sigma, softplus] = sigmoid(score);
      const Vector loss = hn::IfThenElseZero(negative, softplus);
      const Vector weight = hn::IfThenElseZero(negative, hn::Mul(sigma, hn::Add(own[r], other)));
      sum[r] = hn::Add(sum[r], loss);
      all = hn::Add(all, loss);
      slope = hn::Add(slope, weight);
      tilted = hn::MulAdd(weight, score, tilted);
      hn::StoreU(weight, f, values + r * tile.stride + c);
    }
    hn::Store(all, f, column_sum + c);
  }
  for (int r = 0; r < kRows; ++r) row_sum[row + r] += total(sum[r]);
  return {total(slope), total(tilted)};
}

SlopeSums WeighSigmoids(const ScoreTile& tile, const ScoreOdds& odds, const float* row_weight,
                        const float* column_weight, double* row_sum, double* column_sum) {
  HWY_ALIGN float sums[tile_column_limit];
  std::fill_n(sums, tile.columns, 0.0f);
  const Sigmoid sigmoid(odds);
  SlopeSums whole;
  std::int64_t row = 0;
  for (; row + 2 <= tile.rows; row += 2)
    whole += weigh_rows<2>(tile, row, sigmoid, row_weight, column_weight, row_sum, sums);
  for (; row < tile.rows; ++row)
    whole += weigh_rows<1>(tile, row, sigmoid, row_weight, column_weight, row_sum, sums);
  for (std::int64_t c = 0; c < tile.columns; ++c) column_sum[c] += sums[c];
  return whole;
}

void SigmoidRows(const ScoreTile& tile, const ScoreOdds& odds, const RowSigmoids& rows) {
  const Tag f;
  const Sigmoid sigmoid(odds);
  const Vector none = hn::Set(f, -2.0f);
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    float* HWY_RESTRICT values = tile.values + row * tile.stride;
    Vector loss = hn::Zero(f), slope = hn::Zero(f), tilted = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      const auto negative = hn::Gt(score, none);
      const auto [sigma, softplus] = sigmoid(score);
      const Vector weight = hn::IfThenElseZero(negative, sigma);
      loss = hn::Add(loss, hn::IfThenElseZero(negative, softplus));
      slope = hn::Add(slope, weight);
      tilted = hn::MulAdd(weight, score, tilted);
      hn::StoreU(weight, f, values + c);
    }
    rows.loss[row] += total(loss);
    rows.slope[row] += total(slope);
    rows.tilted[row] += total(tilted);
  }
}

void SumExponentials(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                     double* sum) {
  const Tag f;
  const Exponential exponential(scale);
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const float* HWY_RESTRICT values = tile.values + row * tile.stride;
    const Vector shift = hn::Set(f, top[row]);
    Vector all = hn::Zero(f);
    for (std::int64_t c = 0; c < tile.columns; c += hn::Lanes(f)) {
      const Vector score = hn::LoadU(f, values + c);
      all = hn::Add(all, hn::IfThenElseZero(hn::Gt(score, hn::Set(f, -2.0f)),
                                            exponential.flushed(hn::Sub(score, shift))));
    }
    sum[row] += total(all);
  }
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(WeighSigmoids);
HWY_EXPORT(SigmoidRows);
HWY_EXPORT(SumExponentials);

ScoreOdds::ScoreOdds(double temperature, double bias) {
  const double scale = std::numbers::log2e / temperature, shift = bias * std::numbers::log2e;
  high = static_cast<float>(scale);
  low = static_cast<float>(scale - high);
  whole = static_cast<float>(std::round(shift));
  fraction = static_cast<float>(shift - whole);
}

SlopeSums weigh_sigmoids(const ScoreTile& tile, const ScoreOdds& odds, const float* row_weight,
                         const float* column_weight, double* row_sum, double* column_sum) {
  return HWY_DYNAMIC_DISPATCH(WeighSigmoids)(tile, odds, row_weight, column_weight, row_sum,
                                             column_sum);
}

void sigmoid_rows(const ScoreTile& tile, const ScoreOdds& odds, const RowSigmoids& rows) {
  HWY_DYNAMIC_DISPATCH(SigmoidRows)(tile, odds, rows);
}

void sum_exponentials(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                      double* sum) {
  HWY_DYNAMIC_DISPATCH(SumExponentials)(tile, scale, top, sum);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
