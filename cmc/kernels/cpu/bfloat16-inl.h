// bfloat16 in memory as float32 in registers, for sources that Highway compiles for each
// instruction set: included anew for each, as Highway's own *-inl.h are.
#if defined(CMC_KERNELS_CPU_BFLOAT16_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CMC_KERNELS_CPU_BFLOAT16_INL_H
#undef CMC_KERNELS_CPU_BFLOAT16_INL_H
#else
#define CMC_KERNELS_CPU_BFLOAT16_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {

template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> load_bfloat16(D d, const std::uint16_t* from) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToUnsigned<D> u;
  const hn::Rebind<std::uint16_t, D> half;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(u, hn::LoadU(half, from))));
}

/// To the nearest, ties to even.
template <class D>
HWY_INLINE void store_bfloat16(hwy::HWY_NAMESPACE::Vec<D> v, D, std::uint16_t* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToUnsigned<D> u;
  const hn::Rebind<std::uint16_t, D> half;
  const auto bits = hn::BitCast(u, v);
  const auto even = hn::And(hn::ShiftRight<16>(bits), hn::Set(u, 1));
  const auto rounded = hn::Add(bits, hn::Add(even, hn::Set(u, 0x7fff)));
  hn::StoreU(hn::TruncateTo(half, hn::ShiftRight<16>(rounded)), half, to);
}

}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
