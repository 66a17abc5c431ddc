#include "cmc/kernels/cpu/maxima.h"

#include <algorithm>
#include <cstring>
#include <limits>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/maxima.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load(D d, const std::uint16_t* from) {
  return load_bfloat16(d, from);
}
template <class D>
HWY_INLINE void store(hn::Vec<D> v, D d, float* to) {
  hn::StoreU(v, d, to);
}
template <class D>
HWY_INLINE void store(hn::Vec<D> v, D d, std::uint16_t* to) {
  store_bfloat16(v, d, to);
}

/// The taps of a window that are inside.
struct Inside {
  std::int64_t first, last, start;

  Inside(const WindowAxis& axis, std::int64_t window) : start(window * axis.stride - axis.padding) {
    first = std::max<std::int64_t>(0, -start);
    last = std::min(axis.size, axis.in - start);
  }
};

/// Calls of(d, c) for vectors of channels from channel c on, until all have had theirs.
template <class Work>
HWY_INLINE void for_channels(std::int64_t channels, const Work& of) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) of(d, c);
  for (; c < channels; ++c) of(hn::CappedTag<float, 1>(), c);
}

/// Calls of(place of the window in y, place of its first input in x, rows, columns) for each.
template <class Work>
HWY_INLINE void for_windows(const Windows& w, const Work& of) {
  std::int64_t place = 0;
  for (std::int64_t n = 0; n < w.n; ++n)
    for (std::int64_t r = 0; r < w.rows.out; ++r) {
      const Inside rows(w.rows, r);
      for (std::int64_t c = 0; c < w.columns.out; ++c, place += w.channels) {
        const Inside columns(w.columns, c);
        of(place, ((n * w.rows.in + rows.start) * w.columns.in + columns.start) * w.channels, rows,
           columns);
      }
    }
}

template <class Value>
void largest(const Windows& w, const Value* x, Value* y, std::uint8_t* taps) {
  for_windows(w, [&](std::int64_t to, std::int64_t from, const Inside& rows,
                     const Inside& columns) HWY_ATTR {
    for_channels(w.channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> integers;
      auto best = hn::Set(d, -std::numeric_limits<float>::infinity());
      auto tap =
          hn::Set(integers, static_cast<std::int32_t>(rows.first * w.columns.size + columns.first));
      for (std::int64_t t = rows.first; t < rows.last; ++t)
        for (std::int64_t u = columns.first; u < columns.last; ++u) {
          const auto value = load(d, x + from + (t * w.columns.in + u) * w.channels + c);
          const auto larger = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
          best = hn::IfThenElse(larger, value, best);
          tap = hn::IfThenElse(hn::RebindMask(integers, larger),
                               hn::Set(integers, static_cast<std::int32_t>(t * w.columns.size + u)),
                               tap);
        }
      store(best, d, y + to + c);
      const hn::Rebind<std::uint8_t, decltype(d)> bytes;
      hn::StoreU(hn::DemoteTo(bytes, tap), bytes, taps + to + c);
    });
  });
}

template <class Value>
void to_the_largest(const Windows& w, const Value* gradient, const std::uint8_t* taps,
                    Value* result) {
  const bool apart = w.rows.size <= w.rows.stride && w.columns.size <= w.columns.stride;
  const bool covered =
      w.rows.size * w.rows.out == w.rows.in && w.columns.size * w.columns.out == w.columns.in;
  // Where windows are apart each value is written once; else, and where some are in none, from 0.
  if (!apart || !covered)
    std::memset(
        result, 0,
        static_cast<std::size_t>(w.n * w.rows.in * w.columns.in * w.channels) * sizeof(Value));
  for_windows(w, [&](std::int64_t from, std::int64_t to, const Inside& rows,
                     const Inside& columns) HWY_ATTR {
    for_channels(w.channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> integers;
      const hn::Rebind<std::uint8_t, decltype(d)> bytes;
      const auto g = load(d, gradient + from + c);
      const auto tap = hn::PromoteTo(integers, hn::LoadU(bytes, taps + from + c));
      for (std::int64_t t = rows.first; t < rows.last; ++t)
        for (std::int64_t u = columns.first; u < columns.last; ++u) {
          Value* const place = result + to + (t * w.columns.in + u) * w.channels + c;
          const auto own = hn::RebindMask(
              d, hn::Eq(tap, hn::Set(integers, static_cast<std::int32_t>(t * w.columns.size + u))));
          const auto part = hn::IfThenElseZero(own, g);
          store(apart ? part : hn::Add(part, load(d, place)), d, place);
        }
    });
  });
}

void Maxima(const Windows& w, const void* x, void* y, std::uint8_t* taps) {
  if (w.bfloat16)
    largest(w, static_cast<const std::uint16_t*>(x), static_cast<std::uint16_t*>(y), taps);
  else
    largest(w, static_cast<const float*>(x), static_cast<float*>(y), taps);
}

void MaximaGradient(const Windows& w, const void* gradient, const std::uint8_t* taps,
                    void* result) {
  if (w.bfloat16)
    to_the_largest(w, static_cast<const std::uint16_t*>(gradient), taps,
                   static_cast<std::uint16_t*>(result));
  else
    to_the_largest(w, static_cast<const float*>(gradient), taps, static_cast<float*>(result));
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(Maxima);
HWY_EXPORT(MaximaGradient);

void maxima(const Windows& windows, const void* x, void* y, std::uint8_t* taps) {
  HWY_DYNAMIC_DISPATCH(Maxima)(windows, x, y, taps);
}

void maxima_gradient(const Windows& windows, const void* y_gradient, const std::uint8_t* taps,
                     void* x_gradient) {
  HWY_DYNAMIC_DISPATCH(MaximaGradient)(windows, y_gradient, taps, x_gradient);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
