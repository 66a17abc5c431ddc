// 2^x of float32 vectors, for sources that Highway compiles for each instruction set: included anew
// for each, as Highway's own *-inl.h are.
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
namespace {

namespace hn = hwy::HWY_NAMESPACE;
// No more lanes than a tile's columns are a multiple of.
using Tag = hn::CappedTag<float, tile_column_multiple>;
using Vector = hn::Vec<Tag>;

/// 2^(x · (high + low)) for |x · high| ≤ 126. The product is split into an integer, which
/// adding 1.5 · 2²³ leaves in the low bits, and a rest in [−½, ½], exact but for one rounding; a
/// polynomial that is within 2e-9 of 2^rest, relatively, gives the fraction.
struct Exponential {
  explicit Exponential(const ScoreScale& scale)
      : high(hn::Set(Tag(), scale.high)), low(hn::Set(Tag(), scale.low)) {}

  HWY_INLINE Vector operator()(Vector x) const {
    const Tag f;
    const hn::RebindToSigned<Tag> i;
    const Vector magic = hn::Set(f, 12582912.0f);
    const Vector shifted = hn::MulAdd(x, high, magic);
    const Vector whole = hn::Sub(shifted, magic);
    const Vector rest = hn::MulAdd(x, low, hn::MulSub(x, high, whole));
    Vector p = hn::MulAdd(hn::Set(f, 1.5345811e-4f), rest, hn::Set(f, 1.3399931e-3f));
    p = hn::MulAdd(p, rest, hn::Set(f, 9.6184891e-3f));
    p = hn::MulAdd(p, rest, hn::Set(f, 5.5503286e-2f));
    p = hn::MulAdd(p, rest, hn::Set(f, 2.4022646e-1f));
    p = hn::MulAdd(p, rest, hn::Set(f, 6.9314718e-1f));
    p = hn::MulAdd(p, rest, hn::Set(f, 1.0f));
    return hn::BitCast(f, hn::Add(hn::BitCast(i, p), hn::ShiftLeft<23>(hn::BitCast(i, shifted))));
  }

  /// The same, zero where 2^… would leave the range of normal numbers.
  HWY_INLINE Vector flushed(Vector x) const {
    const Tag f;
    const auto inside = hn::Gt(hn::Mul(x, high), hn::Set(f, -125.0f));
    return hn::IfThenElseZero(inside, (*this)(x));
  }

  Vector high, low;
};

HWY_INLINE float total(Vector v) {
  return hn::GetLane(hn::SumOfLanes(Tag(), v));
}
HWY_INLINE float largest_lane(Vector v) {
  return hn::GetLane(hn::MaxOfLanes(Tag(), v));
}

/// exp((from − to)/τ), by which a sum is rescaled when its shift grows.
HWY_INLINE double rescale(float from, float to, const ScoreScale& scale) {
  return std::exp((static_cast<double>(from) - to) * scale.inverse_temperature);
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
