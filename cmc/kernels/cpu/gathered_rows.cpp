#include "cmc/kernels/cpu/gathered_rows.h"

#include <cmath>
#include <cstring>

#include "cmc/kernels/cpu/tile_exponentials.h"

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/gathered_rows.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;

HWY_INLINE hn::Vec<Tag> load(const float* from) {
  return hn::LoadU(Tag(), from);
}

/// bfloat16 is the upper half of a float.
HWY_INLINE hn::Vec<Tag> load(const std::uint16_t* from) {
  const hn::RebindToUnsigned<Tag> u;
  const hn::Rebind<std::uint16_t, Tag> half;
  return hn::BitCast(Tag(), hn::ShiftLeft<16>(hn::PromoteTo(u, hn::LoadU(half, from))));
}

HWY_INLINE float number(float value) {
  return value;
}
HWY_INLINE float number(std::uint16_t value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value) << 16;
  float out;
  hwy::CopyBytes<4>(&bits, &out);
  return out;
}

// Rows that are fetched ahead of their use: a bank is larger than a cache, and the picks are
// random.
constexpr std::int64_t ahead = 12;

template <class Element>
HWY_INLINE void fetch(const Element* row, std::int64_t dim) {
  for (std::int64_t d = 0; d < dim; d += 64 / static_cast<std::int64_t>(sizeof(Element)))
    hwy::Prefetch(row + d);
}

template <class Element>
void scores_of(const float* anchor, const Element* bank, std::int64_t dim,
               const std::int64_t* picks, std::int64_t count, float* scores) {
  const Tag f;
  const std::int64_t lanes = hn::Lanes(f), whole = dim / lanes * lanes;
  for (std::int64_t j = 0; j < count; ++j) {
    if (j + ahead < count) fetch(bank + picks[j + ahead] * dim, dim);
    const Element* row = bank + picks[j] * dim;
    auto even = hn::Zero(f), odd = hn::Zero(f);
    std::int64_t d = 0;
    for (; d + 2 * lanes <= whole; d += 2 * lanes) {
      even = hn::MulAdd(hn::LoadU(f, anchor + d), load(row + d), even);
      odd = hn::MulAdd(hn::LoadU(f, anchor + d + lanes), load(row + d + lanes), odd);
    }
    for (; d < whole; d += lanes) even = hn::MulAdd(hn::LoadU(f, anchor + d), load(row + d), even);
    float sum = hn::GetLane(hn::SumOfLanes(f, hn::Add(even, odd)));
    for (; d < dim; ++d) sum += anchor[d] * number(row[d]);
    scores[j] = sum;
  }
}

template <class Element>
void add_weighted(const Element* bank, std::int64_t dim, const std::int64_t* picks,
                  const float* weights, std::int64_t count, float* out) {
  const Tag f;
  const std::int64_t lanes = hn::Lanes(f);
  std::int64_t d = 0;
  for (; d + 4 * lanes <= dim; d += 4 * lanes) {
    auto o0 = hn::LoadU(f, out + d), o1 = hn::LoadU(f, out + d + lanes);
    auto o2 = hn::LoadU(f, out + d + 2 * lanes), o3 = hn::LoadU(f, out + d + 3 * lanes);
    for (std::int64_t j = 0; j < count; ++j) {
      const Element* row = bank + picks[j] * dim + d;
      const auto weight = hn::Set(f, weights[j]);
      o0 = hn::MulAdd(weight, load(row), o0);
      o1 = hn::MulAdd(weight, load(row + lanes), o1);
      o2 = hn::MulAdd(weight, load(row + 2 * lanes), o2);
      o3 = hn::MulAdd(weight, load(row + 3 * lanes), o3);
    }
    hn::StoreU(o0, f, out + d);
    hn::StoreU(o1, f, out + d + lanes);
    hn::StoreU(o2, f, out + d + 2 * lanes);
    hn::StoreU(o3, f, out + d + 3 * lanes);
  }
  for (; d < dim; ++d)
    for (std::int64_t j = 0; j < count; ++j)
      out[d] += weights[j] * number(bank[picks[j] * dim + d]);
}

template <class Element>
void lengths_of(const Element* bank, std::int64_t dim, const std::int64_t* picks,
                std::int64_t count, float* lengths) {
  const Tag f;
  const std::int64_t lanes = hn::Lanes(f);
  for (std::int64_t j = 0; j < count; ++j) {
    const Element* row = bank + (picks ? picks[j] : j) * dim;
    auto even = hn::Zero(f), odd = hn::Zero(f);
    std::int64_t d = 0;
    for (; d + 2 * lanes <= dim; d += 2 * lanes) {
      const auto first = load(row + d), second = load(row + d + lanes);
      even = hn::MulAdd(first, first, even);
      odd = hn::MulAdd(second, second, odd);
    }
    float sum = hn::GetLane(hn::SumOfLanes(f, hn::Add(even, odd)));
    for (; d < dim; ++d) sum += number(row[d]) * number(row[d]);
    lengths[j] = std::sqrt(sum);
  }
}

void GatheredLengths(const BankRows& bank, const std::int64_t* picks, std::int64_t count,
                     float* lengths) {
  if (bank.bfloat16)
    lengths_of(static_cast<const std::uint16_t*>(bank.values), bank.dim, picks, count, lengths);
  else
    lengths_of(static_cast<const float*>(bank.values), bank.dim, picks, count, lengths);
}

void GatheredScores(const float* anchor, const BankRows& bank, const std::int64_t* picks,
                    std::int64_t count, float* scores) {
  if (bank.bfloat16)
    scores_of(anchor, static_cast<const std::uint16_t*>(bank.values), bank.dim, picks, count,
              scores);
  else
    scores_of(anchor, static_cast<const float*>(bank.values), bank.dim, picks, count, scores);
}

void AddGathered(const BankRows& bank, const std::int64_t* picks, const float* weights,
                 std::int64_t count, float* out) {
  if (bank.bfloat16)
    add_weighted(static_cast<const std::uint16_t*>(bank.values), bank.dim, picks, weights, count,
                 out);
  else
    add_weighted(static_cast<const float*>(bank.values), bank.dim, picks, weights, count, out);
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {

HWY_EXPORT(GatheredLengths);
HWY_EXPORT(GatheredScores);
HWY_EXPORT(AddGathered);

void gathered_scores(const float* anchor, const BankRows& bank, const std::int64_t* picks,
                     std::int64_t count, float* scores) {
  HWY_DYNAMIC_DISPATCH(GatheredScores)(anchor, bank, picks, count, scores);
}

void add_gathered(const BankRows& bank, const std::int64_t* picks, const float* weights,
                  std::int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(AddGathered)(bank, picks, weights, count, out);
}

void gathered_lengths(const BankRows& bank, const std::int64_t* picks, std::int64_t count,
                      float* lengths) {
  HWY_DYNAMIC_DISPATCH(GatheredLengths)(bank, picks, count, lengths);
}

void copy_rows(const BankRows& bank, const std::int64_t* picks, std::int64_t first,
               std::int64_t count, float* rows) {
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int64_t from = (picks ? picks[j] : first + j) * bank.dim;
    float* row = rows + j * bank.dim;
    if (!bank.bfloat16) {
      std::memcpy(row, static_cast<const float*>(bank.values) + from, bank.dim * sizeof(float));
      continue;
    }
    widen_bfloat16(static_cast<const std::uint16_t*>(bank.values) + from, bank.dim, row);
  }
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
