#include "cmc/kernels/cpu/narrow_products.h"

#include <array>
#include <cstring>

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/narrow_products.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums that stay in registers, of which there are 32 or 16.
constexpr bool many_registers = HWY_TARGET <= HWY_AVX3;
constexpr std::int64_t most_rows = many_registers ? 4 : 2, most_columns = 5, most_summed = 10;

/// Calls of.operator()<count>() for a count of 1 to `most`, with `most` where there are more.
template <std::int64_t most, class Work>
HWY_INLINE void with_count(std::int64_t count, const Work& of) {
  if constexpr (most > 1)
    if (count < most) return with_count<most - 1>(count, of);
  of.template operator()<most>();
}

/// The first `count` lanes, the others 0. Nothing behind them is read.
template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const float* from, std::size_t count) {
  HWY_ALIGN float values[hn::MaxLanes(d)] = {};
  std::memcpy(values, from, count * sizeof(float));
  return hn::Load(d, values);
}

template <class D>
HWY_INLINE void store_first(hn::Vec<D> v, D d, float* to, std::size_t count) {
  HWY_ALIGN float values[hn::MaxLanes(d)];
  hn::Store(v, d, values);
  std::memcpy(to, values, count * sizeof(float));
}

/// The products of so many rows with so many columns.
template <std::int64_t rows, std::int64_t columns>
HWY_INLINE void multiply_block(const WideRows& x, std::int64_t row, const float* c, float* y,
                               std::int64_t y_stride) {
  const hn::ScalableTag<float> d;
  using Vector = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::array<Vector, rows * columns> sums;
  sums.fill(hn::Zero(d));
  const auto add = [&](std::int64_t j, const auto& load) HWY_ATTR {
    const float* const own = x.values + row * x.width + j;
    std::array<Vector, rows> values;
    HWY_UNROLL(most_rows)
    for (std::int64_t r = 0; r < rows; ++r) values[r] = load(own + r * x.width);
    HWY_UNROLL(most_columns)
    for (std::int64_t k = 0; k < columns; ++k) {
      const Vector along = load(c + k * x.width + j);
      HWY_UNROLL(most_rows)
      for (std::int64_t r = 0; r < rows; ++r)
        sums[r * columns + k] = hn::MulAdd(values[r], along, sums[r * columns + k]);
    }
  };
  std::int64_t j = 0;
  for (; j + lanes <= x.width; j += lanes)
    add(j, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from); });
  if (const auto rest = static_cast<std::size_t>(x.width - j); rest > 0)
    add(j, [&](const float* from) HWY_ATTR { return load_first(d, from, rest); });
  HWY_UNROLL(most_rows)
  for (std::int64_t r = 0; r < rows; ++r) {
    HWY_UNROLL(most_columns)
    for (std::int64_t k = 0; k < columns; ++k)
      y[r * y_stride + k] = hn::GetLane(hn::SumOfLanes(d, sums[r * columns + k]));
  }
}

void Multiply(const WideRows& x, const float* c, std::int64_t columns, float* y) {
  for (std::int64_t i = 0; i < x.n; i += most_rows)
    for (std::int64_t k = 0; k < columns; k += most_columns)
      with_count<most_rows>(x.n - i, [&]<std::int64_t rows>() HWY_ATTR {
        with_count<most_columns>(columns - k, [&]<std::int64_t some>() HWY_ATTR {
          multiply_block<rows, some>(x, i, c + k * x.width, y + i * columns + k, columns);
        });
      });
}

/// What so many columns of c add to so many vectors of their sums, from number j on.
template <std::int64_t columns, std::int64_t vectors, class Load, class Store>
HWY_INLINE void add_block(const WideRows& x, std::int64_t j, const float* c, std::int64_t c_stride,
                          float* sums, const Load& load, const Store& store) {
  const hn::ScalableTag<float> d;
  using Vector = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::array<Vector, columns * vectors> own;
  HWY_UNROLL(most_summed)
  for (std::int64_t k = 0; k < columns; ++k) {
    HWY_UNROLL(2)
    for (std::int64_t v = 0; v < vectors; ++v)
      own[k * vectors + v] = load(sums + k * x.width + j + v * lanes);
  }
  const float* from = x.values + j;
  for (std::int64_t i = 0; i < x.n; ++i, from += x.width, c += c_stride) {
    std::array<Vector, vectors> row;
    HWY_UNROLL(2)
    for (std::int64_t v = 0; v < vectors; ++v) row[v] = load(from + v * lanes);
    HWY_UNROLL(most_summed)
    for (std::int64_t k = 0; k < columns; ++k) {
      const Vector factor = hn::Set(d, c[k]);
      HWY_UNROLL(2)
      for (std::int64_t v = 0; v < vectors; ++v)
        own[k * vectors + v] = hn::MulAdd(row[v], factor, own[k * vectors + v]);
    }
  }
  HWY_UNROLL(most_summed)
  for (std::int64_t k = 0; k < columns; ++k) {
    HWY_UNROLL(2)
    for (std::int64_t v = 0; v < vectors; ++v)
      store(own[k * vectors + v], sums + k * x.width + j + v * lanes);
  }
}

void AddProducts(const WideRows& x, const float* c, std::int64_t columns, float* sums) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto load = [&](const float* from) HWY_ATTR { return hn::LoadU(d, from); };
  const auto store = [&](auto v, float* to) HWY_ATTR { hn::StoreU(v, d, to); };
  for (std::int64_t k = 0; k < columns; k += most_summed)
    with_count<most_summed>(columns - k, [&]<std::int64_t some>() HWY_ATTR {
      float* const own = sums + k * x.width;
      std::int64_t j = 0;
      if constexpr (many_registers)
        for (; j + 2 * lanes <= x.width; j += 2 * lanes)
          add_block<some, 2>(x, j, c + k, columns, own, load, store);
      for (; j + lanes <= x.width; j += lanes)
        add_block<some, 1>(x, j, c + k, columns, own, load, store);
      if (const auto rest = static_cast<std::size_t>(x.width - j); rest > 0)
        add_block<some, 1>(
            x, j, c + k, columns, own,
            [&](const float* from) HWY_ATTR { return load_first(d, from, rest); },
            [&](auto v, float* to) HWY_ATTR { store_first(v, d, to, rest); });
    });
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(Multiply);
HWY_EXPORT(AddProducts);

void multiply_narrow(const WideRows& x, const float* c, std::int64_t columns, float* y) {
  HWY_DYNAMIC_DISPATCH(Multiply)(x, c, columns, y);
}

void add_narrow_products(const WideRows& x, const float* c, std::int64_t columns, float* sums) {
  HWY_DYNAMIC_DISPATCH(AddProducts)(x, c, columns, sums);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
