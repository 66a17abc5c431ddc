// The exponential of scores, for sources that Highway compiles for each instruction set: included
// anew for each, as Highway's own *-inl.h are.
#if defined(CMC_KERNELS_CPU_EXPONENTIAL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CMC_KERNELS_CPU_EXPONENTIAL_INL_H
#undef CMC_KERNELS_CPU_EXPONENTIAL_INL_H
#else
#define CMC_KERNELS_CPU_EXPONENTIAL_INL_H
#endif

#include <hwy/highway.h>

#include <cmath>

#include "cmc/kernels/cpu/tile_exponentials.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {

// No more lanes than a tile's columns are a multiple of.
using TileTag = hwy::HWY_NAMESPACE::CappedTag<float, tile_column_multiple>;
using TileVector = hwy::HWY_NAMESPACE::Vec<TileTag>;

/// What adding leaves a float's nearest integer in its low bits: 1.5 · 2²³.
inline constexpr float round_to_low_bits = 12582912.0f;

/// 2^rest for rest in [−½, ½], by a polynomial that is within 2e-9 of it, relatively.
HWY_INLINE TileVector power_of_rest(TileVector rest) {
  namespace hn = hwy::HWY_NAMESPACE;
  const TileTag f;
  TileVector p = hn::MulAdd(hn::Set(f, 1.5345811e-4f), rest, hn::Set(f, 1.3399931e-3f));
  p = hn::MulAdd(p, rest, hn::Set(f, 9.6184891e-3f));
  p = hn::MulAdd(p, rest, hn::Set(f, 5.5503286e-2f));
  p = hn::MulAdd(p, rest, hn::Set(f, 2.4022646e-1f));
  p = hn::MulAdd(p, rest, hn::Set(f, 6.9314718e-1f));
  return hn::MulAdd(p, rest, hn::Set(f, 1.0f));
}

/// 2^(x · (high + low)) for |x · high| ≤ 126. The product is split into an integer, which
/// round_to_low_bits leaves in the low bits, and a rest in [−½, ½], exact but for one rounding.
struct Exponential {
  explicit Exponential(const ScoreScale& scale)
      : high(hwy::HWY_NAMESPACE::Set(TileTag(), scale.high)),
        low(hwy::HWY_NAMESPACE::Set(TileTag(), scale.low)) {}

  HWY_INLINE TileVector operator()(TileVector x) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const TileTag f;
    const hn::RebindToSigned<TileTag> i;
    const TileVector magic = hn::Set(f, round_to_low_bits);
    const TileVector shifted = hn::MulAdd(x, high, magic);
    const TileVector whole = hn::Sub(shifted, magic);
    const TileVector rest = hn::MulAdd(x, low, hn::MulSub(x, high, whole));
    return hn::BitCast(f, hn::Add(hn::BitCast(i, power_of_rest(rest)),
                                  hn::ShiftLeft<23>(hn::BitCast(i, shifted))));
  }

  /// The same, zero where 2^… would leave the range of normal numbers.
  HWY_INLINE TileVector flushed(TileVector x) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const TileTag f;
    const auto inside = hn::Gt(hn::Mul(x, high), hn::Set(f, -125.0f));
    return hn::IfThenElseZero(inside, (*this)(x));
  }

  TileVector high, low;
};

HWY_INLINE float total(TileVector v) {
  return hwy::HWY_NAMESPACE::GetLane(hwy::HWY_NAMESPACE::SumOfLanes(TileTag(), v));
}
HWY_INLINE float largest_lane(TileVector v) {
  return hwy::HWY_NAMESPACE::GetLane(hwy::HWY_NAMESPACE::MaxOfLanes(TileTag(), v));
}

/// exp((from − to)/τ), by which a sum is rescaled when its shift grows.
HWY_INLINE double rescale(float from, float to, const ScoreScale& scale) {
  return std::exp((static_cast<double>(from) - to) * scale.inverse_temperature);
}

}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
