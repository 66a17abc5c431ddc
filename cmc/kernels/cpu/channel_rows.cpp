#include "cmc/kernels/cpu/channel_rows.h"

#include <algorithm>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/channel_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Rows that are summed in float32. They stay in a cache while each group of channels is passed
/// over.
constexpr std::int64_t tile = 128;
/// Vectors of channels that are passed over together, where there are as many.
constexpr int group = 4, pair = 2;

/// How values stand in memory; float32 in registers.
struct Float {
  using Value = float;
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const float* from) {
    return hn::LoadU(d, from);
  }
  template <class D>
  static HWY_INLINE void store(hn::Vec<D> v, D d, float* to) {
    hn::StoreU(v, d, to);
  }
};

struct Bfloat16 {
  using Value = std::uint16_t;
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const std::uint16_t* from) {
    return load_bfloat16(d, from);
  }
  template <class D>
  static HWY_INLINE void store(hn::Vec<D> v, D d, std::uint16_t* to) {
    store_bfloat16(v, d, to);
  }
};

/// Calls of(d, vectors, c, first, last) for each tile of rows first … last − 1 and for groups of
/// vectors of channels from channel c on, until all have had theirs: whole groups, pairs, single
/// vectors, single channels.
template <class Work>
HWY_INLINE void for_tiles(const ChannelRows& x, const Work& of) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::integral_constant<int, group> several;
  const std::integral_constant<int, pair> two;
  const std::integral_constant<int, 1> one;
  for (std::int64_t first = 0; first < x.rows; first += tile) {
    const std::int64_t last = std::min(x.rows, first + tile);
    std::int64_t c = 0;
    for (; c + group * lanes <= x.channels; c += group * lanes) of(d, several, c, first, last);
    for (; c + pair * lanes <= x.channels; c += pair * lanes) of(d, two, c, first, last);
    for (; c + lanes <= x.channels; c += lanes) of(d, one, c, first, last);
    for (; c < x.channels; ++c) of(hn::CappedTag<float, 1>(), one, c, first, last);
  }
}

/// A group's vectors of a value for each channel.
template <class D, int kVectors>
struct PerChannel {
  HWY_INLINE PerChannel(D d, const float* from) {
    for (int v = 0; v < kVectors; ++v) values[v] = hn::LoadU(d, from + v * hn::Lanes(d));
  }
  hn::Vec<D> values[kVectors];
};

template <class D>
HWY_INLINE void add_lanes(D d, hn::Vec<D> v, double* to) {
  HWY_ALIGN float lanes[hn::MaxLanes(D())];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i] += static_cast<double>(lanes[i]);
}

template <class Kind>
void moments(const ChannelRows& x, const float* origin, double* sum, double* squares) {
  const auto* const values = static_cast<const typename Kind::Value*>(x.values);
  for_tiles(
      x, [&](auto d, auto vectors, std::int64_t c, std::int64_t first, std::int64_t last) HWY_ATTR {
        using D = decltype(d);
        constexpr int n = decltype(vectors)::value;
        const PerChannel<D, n> from(d, origin + c);
        hn::Vec<D> total[n], square[n];
        for (int v = 0; v < n; ++v) total[v] = square[v] = hn::Zero(d);
        for (std::int64_t row = first; row < last; ++row) {
          const auto* const at = values + row * x.channels + c;
          for (int v = 0; v < n; ++v) {
            const auto difference = hn::Sub(Kind::load(d, at + v * hn::Lanes(d)), from.values[v]);
            total[v] = hn::Add(total[v], difference);
            square[v] = hn::MulAdd(difference, difference, square[v]);
          }
        }
        for (int v = 0; v < n; ++v) {
          add_lanes(d, total[v], sum + c + v * hn::Lanes(d));
          add_lanes(d, square[v], squares + c + v * hn::Lanes(d));
        }
      });
}

template <class Kind, bool kRelu>
void scaled(const ChannelRows& x, const ChannelScale& scale, void* y) {
  const auto* const values = static_cast<const typename Kind::Value*>(x.values);
  auto* const results = static_cast<typename Kind::Value*>(y);
  for_tiles(
      x, [&](auto d, auto vectors, std::int64_t c, std::int64_t first, std::int64_t last) HWY_ATTR {
        using D = decltype(d);
        constexpr int n = decltype(vectors)::value;
        const PerChannel<D, n> mean(d, scale.mean + c), factor(d, scale.scale + c),
            shift(d, scale.shift + c);
        for (std::int64_t row = first; row < last; ++row) {
          const std::int64_t at = row * x.channels + c;
          for (int v = 0; v < n; ++v) {
            const std::int64_t place = at + v * static_cast<std::int64_t>(hn::Lanes(d));
            const auto difference = hn::Sub(Kind::load(d, values + place), mean.values[v]);
            auto value = hn::MulAdd(difference, factor.values[v], shift.values[v]);
            if constexpr (kRelu) value = hn::Max(value, hn::Zero(d));
            Kind::store(value, d, results + place);
          }
        }
      });
}

/// A value's difference from its mean, and its gradient behind the ReLU.
template <class Kind, bool kRelu, class D>
struct Pair {
  HWY_INLINE Pair(D d, const typename Kind::Value* x, const typename Kind::Value* gradient,
                  hn::Vec<D> mean, hn::Vec<D> factor, hn::Vec<D> shift)
      : difference(hn::Sub(Kind::load(d, x), mean)), g(Kind::load(d, gradient)) {
    if constexpr (kRelu)
      g = hn::IfThenElseZero(hn::Gt(hn::MulAdd(difference, factor, shift), hn::Zero(d)), g);
  }
  hn::Vec<D> difference, g;
};

template <class Kind, bool kRelu>
void gradient_sums(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                   double* sum, double* product) {
  const auto* const values = static_cast<const typename Kind::Value*>(x.values);
  const auto* const gradients = static_cast<const typename Kind::Value*>(gradient);
  for_tiles(
      x, [&](auto d, auto vectors, std::int64_t c, std::int64_t first, std::int64_t last) HWY_ATTR {
        using D = decltype(d);
        constexpr int n = decltype(vectors)::value;
        const PerChannel<D, n> mean(d, scale.mean + c), factor(d, scale.scale + c),
            shift(d, scale.shift + c);
        hn::Vec<D> total[n], products[n];
        for (int v = 0; v < n; ++v) total[v] = products[v] = hn::Zero(d);
        for (std::int64_t row = first; row < last; ++row) {
          const std::int64_t at = row * x.channels + c;
          for (int v = 0; v < n; ++v) {
            const std::int64_t place = at + v * static_cast<std::int64_t>(hn::Lanes(d));
            const Pair<Kind, kRelu, D> pair(d, values + place, gradients + place, mean.values[v],
                                            factor.values[v], shift.values[v]);
            total[v] = hn::Add(total[v], pair.g);
            products[v] = hn::MulAdd(pair.g, pair.difference, products[v]);
          }
        }
        for (int v = 0; v < n; ++v) {
          add_lanes(d, total[v], sum + c + v * hn::Lanes(d));
          add_lanes(d, products[v], product + c + v * hn::Lanes(d));
        }
      });
}

template <class Kind, bool kRelu>
void scaled_gradient(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                     const float* slope, const float* offset, void* result) {
  const auto* const values = static_cast<const typename Kind::Value*>(x.values);
  const auto* const gradients = static_cast<const typename Kind::Value*>(gradient);
  auto* const results = static_cast<typename Kind::Value*>(result);
  for_tiles(
      x, [&](auto d, auto vectors, std::int64_t c, std::int64_t first, std::int64_t last) HWY_ATTR {
        using D = decltype(d);
        constexpr int n = decltype(vectors)::value;
        const PerChannel<D, n> mean(d, scale.mean + c), factor(d, scale.scale + c),
            shift(d, scale.shift + c), by(d, slope + c), plus(d, offset + c);
        for (std::int64_t row = first; row < last; ++row) {
          const std::int64_t at = row * x.channels + c;
          for (int v = 0; v < n; ++v) {
            const std::int64_t place = at + v * static_cast<std::int64_t>(hn::Lanes(d));
            const Pair<Kind, kRelu, D> pair(d, values + place, gradients + place, mean.values[v],
                                            factor.values[v], shift.values[v]);
            const auto rest = hn::MulAdd(pair.difference, by.values[v], plus.values[v]);
            Kind::store(hn::MulAdd(pair.g, factor.values[v], rest), d, results + place);
          }
        }
      });
}

void AddMoments(const ChannelRows& x, const float* origin, double* sum, double* squares) {
  if (x.bfloat16)
    moments<Bfloat16>(x, origin, sum, squares);
  else
    moments<Float>(x, origin, sum, squares);
}

void ScaleChannels(const ChannelRows& x, const ChannelScale& scale, void* y) {
  if (x.bfloat16)
    scale.relu ? scaled<Bfloat16, true>(x, scale, y) : scaled<Bfloat16, false>(x, scale, y);
  else
    scale.relu ? scaled<Float, true>(x, scale, y) : scaled<Float, false>(x, scale, y);
}

void AddGradientSums(const ChannelRows& x, const void* g, const ChannelScale& scale, double* sum,
                     double* product) {
  if (x.bfloat16)
    scale.relu ? gradient_sums<Bfloat16, true>(x, g, scale, sum, product)
               : gradient_sums<Bfloat16, false>(x, g, scale, sum, product);
  else
    scale.relu ? gradient_sums<Float, true>(x, g, scale, sum, product)
               : gradient_sums<Float, false>(x, g, scale, sum, product);
}

void ScaleGradient(const ChannelRows& x, const void* g, const ChannelScale& scale,
                   const float* slope, const float* offset, void* result) {
  if (x.bfloat16)
    scale.relu ? scaled_gradient<Bfloat16, true>(x, g, scale, slope, offset, result)
               : scaled_gradient<Bfloat16, false>(x, g, scale, slope, offset, result);
  else
    scale.relu ? scaled_gradient<Float, true>(x, g, scale, slope, offset, result)
               : scaled_gradient<Float, false>(x, g, scale, slope, offset, result);
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(AddMoments);
HWY_EXPORT(ScaleChannels);
HWY_EXPORT(AddGradientSums);
HWY_EXPORT(ScaleGradient);

void add_moments(const ChannelRows& x, const float* origin, double* sum, double* squares) {
  HWY_DYNAMIC_DISPATCH(AddMoments)(x, origin, sum, squares);
}

void scale_channels(const ChannelRows& x, const ChannelScale& scale, void* y) {
  HWY_DYNAMIC_DISPATCH(ScaleChannels)(x, scale, y);
}

void add_gradient_sums(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                       double* sum, double* product) {
  HWY_DYNAMIC_DISPATCH(AddGradientSums)(x, gradient, scale, sum, product);
}

void scale_gradient(const ChannelRows& x, const void* gradient, const ChannelScale& scale,
                    const float* slope, const float* offset, void* result) {
  HWY_DYNAMIC_DISPATCH(ScaleGradient)(x, gradient, scale, slope, offset, result);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
