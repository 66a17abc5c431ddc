#include "cmc/kernels/cpu/nearest_rows.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "cmc/kernels/cpu/aligned_memory.h"
#include "cmc/kernels/cpu/tile_products.h"

// Highway compiles this file once for each instruction set and chooses among them at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/kernels/cpu/nearest_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "cmc/kernels/cpu/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cmc::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Writes the places j whose scores[j] + offsets[j] is `least` or more to `places`, and these sums
/// to `sums`, and returns how many they are. n is a multiple of 16; behind what is written there is
/// room for 16 more.
std::int64_t CollectLarge(const float* scores, const float* offsets, std::int64_t n, float least,
                          float* sums, std::int32_t* places) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToSigned<decltype(d)> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto threshold = hn::Set(d, least);
  std::int64_t found = 0;
  for (std::int64_t j = 0; j < n; j += lanes) {
    const auto sum = hn::Add(hn::LoadU(d, scores + j), hn::LoadU(d, offsets + j));
    const auto large = hn::Ge(sum, threshold);
    if (hn::AllFalse(d, large)) continue;
    hn::CompressStore(hn::Iota(integers, static_cast<std::int32_t>(j)),
                      hn::RebindMask(integers, large), integers, places + found);
    found += static_cast<std::int64_t>(hn::CompressStore(sum, large, d, sums + found));
  }
  return found;
}

float Product(const float* a, const float* b, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto even = hn::Zero(d), odd = hn::Zero(d);
  std::int64_t j = 0;
  for (; j + 2 * lanes <= n; j += 2 * lanes) {
    even = hn::MulAdd(hn::LoadU(d, a + j), hn::LoadU(d, b + j), even);
    odd = hn::MulAdd(hn::LoadU(d, a + j + lanes), hn::LoadU(d, b + j + lanes), odd);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
  for (; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

/// to = from − mean, rounded to bfloat16. Returns its squared length, and that of what rounding
/// took.
std::pair<float, float> RoundShifted(const float* from, const float* mean, std::int64_t n,
                                     std::uint16_t* to) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto length = hn::Zero(d), lost = hn::Zero(d);
  const auto part = [&](auto own, std::int64_t j, auto& sum, auto& lost_sum) HWY_ATTR {
    const auto shifted = hn::Sub(hn::LoadU(own, from + j), hn::LoadU(own, mean + j));
    store_bfloat16(shifted, own, to + j);
    const auto error = hn::Sub(shifted, load_bfloat16(own, to + j));
    sum = hn::MulAdd(shifted, shifted, sum);
    lost_sum = hn::MulAdd(error, error, lost_sum);
  };
  std::int64_t j = 0;
  for (; j + lanes <= n; j += lanes) part(d, j, length, lost);
  const hn::CappedTag<float, 1> one;
  auto length_rest = hn::Zero(one), lost_rest = hn::Zero(one);
  for (; j < n; ++j) part(one, j, length_rest, lost_rest);
  return {hn::GetLane(hn::SumOfLanes(d, length)) + hn::GetLane(length_rest),
          hn::GetLane(hn::SumOfLanes(d, lost)) + hn::GetLane(lost_rest)};
}

}  // namespace
}  // namespace cmc::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cmc::kernels {
namespace {

HWY_EXPORT(CollectLarge);
HWY_EXPORT(Product);
HWY_EXPORT(RoundShifted);

constexpr std::int64_t tile_rows = 512, tile_columns = 256, dim_multiple = 32, room_behind = 16;

/// Rows less the gallery's mean, as the products take them; zeros behind each.
template <class Element>
struct ShiftedRows {
  AlignedZeros<Element> values;
  std::int64_t dim;              ///< with the zeros
  std::vector<float> lengths;    ///< of the rows before they were rounded
  std::vector<float> roundings;  ///< lengths of what rounding took
};

void shift(const float* from, const float* mean, std::int64_t dim, std::uint16_t* to, float& length,
           float& rounding) {
  const auto [squares, lost] = HWY_DYNAMIC_DISPATCH(RoundShifted)(from, mean, dim, to);
  length = std::sqrt(squares);
  rounding = std::sqrt(lost);
}

void shift(const float* from, const float* mean, std::int64_t dim, float* to, float& length,
           float& rounding) {
  for (std::int64_t j = 0; j < dim; ++j) to[j] = from[j] - mean[j];
  length = std::sqrt(HWY_DYNAMIC_DISPATCH(Product)(to, to, dim));
  rounding = 0;
}

template <class Element>
ShiftedRows<Element> shifted(const float* rows, std::int64_t count, const std::vector<float>& mean,
                             int threads) {
  const auto dim = static_cast<std::int64_t>(mean.size());
  const std::int64_t padded = (dim + dim_multiple - 1) / dim_multiple * dim_multiple;
  ShiftedRows<Element> result{AlignedZeros<Element>(std::max<std::int64_t>(1, count * padded)),
                              padded, std::vector<float>(count), std::vector<float>(count)};
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    Element* const to = result.values.data() + i * padded;
    shift(rows + i * dim, mean.data(), dim, to, result.lengths[i], result.roundings[i]);
    if (std::isfinite(result.lengths[i])) continue;
    std::fill(to, to + dim, Element{});
    result.lengths[i] = result.roundings[i] = 0;
  }
  return result;
}

/// The mean of the gallery's rows that are finite.
std::vector<float> mean_of(const NearestProblem& problem) {
  std::vector<double> sums(problem.dim, 0.0);
  std::int64_t finite = 0;
  for (std::int64_t i = 0; i < problem.gallery_count; ++i) {
    const float* const row = problem.gallery + i * problem.dim;
    if (!std::isfinite(HWY_DYNAMIC_DISPATCH(Product)(row, row, problem.dim))) continue;
    for (std::int64_t j = 0; j < problem.dim; ++j) sums[j] += row[j];
    ++finite;
  }
  std::vector<float> mean(problem.dim, 0.0f);
  for (std::int64_t j = 0; j < problem.dim && finite > 0; ++j)
    mean[j] = static_cast<float>(sums[j] / static_cast<double>(finite));
  return mean;
}

/// The rows that may be among a query's k nearest, by what is known of their products.
class Candidates {
 public:
  /// `slack`: by how much a product and what is known of it may differ.
  Candidates(std::int64_t k, float slack)
      : k_(k), slack_(slack), limit_(std::max<std::int64_t>(1024, 4 * k)) {}

  /// Takes the scores of n gallery rows from `first` on.
  void take(const float* scores, const float* offsets, std::int64_t n, std::int64_t first) {
    const auto room = static_cast<std::size_t>(count_ + n + room_behind);
    if (sums_.size() < room) {
      sums_.resize(2 * room);
      rows_.resize(2 * room);
    }
    const std::int64_t found = HWY_DYNAMIC_DISPATCH(CollectLarge)(
        scores, offsets, n, least_, sums_.data() + count_, rows_.data() + count_);
    for (std::int64_t i = count_; i < count_ + found; ++i)
      rows_[i] += static_cast<std::int32_t>(first);
    count_ += found;
    if (count_ <= limit_) return;
    tighten();
    limit_ = std::max(limit_, 2 * count_);
  }

  /// Leaves out all that k others are before for certain.
  void tighten() {
    if (count_ <= k_) return;
    order_.assign(sums_.begin(), sums_.begin() + count_);
    std::nth_element(order_.begin(), order_.begin() + k_ - 1, order_.end(), std::greater<>());
    least_ = std::max(least_, order_[k_ - 1] - 2 * slack_);
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < count_; ++i) {
      if (sums_[i] < least_) continue;
      sums_[kept] = sums_[i];
      rows_[kept++] = rows_[i];
    }
    count_ = kept;
  }

  std::vector<std::int32_t> rows() const { return {rows_.begin(), rows_.begin() + count_}; }

 private:
  std::int64_t k_;
  float slack_;
  std::int64_t limit_, count_ = 0;
  float least_ = std::numeric_limits<float>::lowest();
  std::vector<float> sums_, order_;
  std::vector<std::int32_t> rows_;
};

/// The k of `rows`, or where they are fewer of all rows, with the largest products.
void write_nearest(const NearestProblem& problem, std::int64_t query,
                   std::vector<std::int32_t> rows, std::int64_t* indices, float* similarity) {
  if (static_cast<std::int64_t>(rows.size()) < problem.k) {  // of the others no product is a number
    rows.resize(problem.gallery_count);
    std::iota(rows.begin(), rows.end(), 0);
  }
  std::vector<std::pair<float, std::int32_t>> products;
  products.reserve(rows.size());
  for (const std::int32_t row : rows)
    products.emplace_back(
        HWY_DYNAMIC_DISPATCH(Product)(problem.queries + query * problem.dim,
                                      problem.gallery + row * problem.dim, problem.dim),
        row);
  const auto before = [](const auto& a, const auto& b) {
    const bool is_number = !std::isnan(a.first);
    if (is_number != !std::isnan(b.first)) return is_number;
    return is_number && a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  std::partial_sort(products.begin(), products.begin() + problem.k, products.end(), before);
  for (std::int64_t i = 0; i < problem.k; ++i) {
    similarity[query * problem.k + i] = products[i].first;
    indices[query * problem.k + i] = products[i].second;
  }
}

/// q · g = (q − m) · (g − m) + m · g + (q − m) · m, whose last term is the same for all g.
template <class Element>
void search(const NearestProblem& problem, std::int64_t* indices, float* similarity) {
  const std::vector<float> mean = mean_of(problem);
  const auto gallery =
      shifted<Element>(problem.gallery, problem.gallery_count, mean, problem.threads);
  const auto queries = shifted<Element>(problem.queries, problem.count, mean, problem.threads);
  const std::int64_t padded =
      (problem.gallery_count + tile_columns - 1) / tile_columns * tile_columns;
  std::vector<float> offsets(padded, -std::numeric_limits<float>::infinity());
#pragma omp parallel for num_threads(problem.threads) schedule(static)
  for (std::int64_t i = 0; i < problem.gallery_count; ++i) {
    const float offset =
        HWY_DYNAMIC_DISPATCH(Product)(mean.data(), problem.gallery + i * problem.dim, problem.dim);
    if (std::isfinite(offset)) offsets[i] = offset;
  }
  const float length = std::ranges::max(gallery.lengths),
              lost = std::ranges::max(gallery.roundings);
  const float middle =
      std::sqrt(HWY_DYNAMIC_DISPATCH(Product)(mean.data(), mean.data(), problem.dim));
  // What the sums of so many terms lose in float32, at most, as a part of the factors' lengths.
  const float sums = static_cast<float>(problem.dim + 8) * 0x1p-22f;
  const std::int64_t block = std::clamp<std::int64_t>(
      (problem.count + problem.threads - 1) / problem.threads, 1, tile_rows);
#pragma omp parallel num_threads(problem.threads)
  {
    TileProducts<Element> products;
    const AlignedZeros<float> scores(block * tile_columns);
#pragma omp for schedule(dynamic)
    for (std::int64_t first = 0; first < problem.count; first += block) {
      const std::int64_t rows = std::min(block, problem.count - first);
      std::vector<Candidates> candidates;
      for (std::int64_t q = first; q < first + rows; ++q) {
        const float own = queries.lengths[q], rounding = queries.roundings[q];
        candidates.emplace_back(problem.k, rounding * length + (own + rounding) * lost +
                                               sums * (own + middle) * (length + middle));
      }
      for (std::int64_t column = 0; column < problem.gallery_count; column += tile_columns) {
        const std::int64_t columns = std::min(tile_columns, problem.gallery_count - column);
        products.scores(queries.values.data() + first * queries.dim, rows,
                        gallery.values.data() + column * gallery.dim, columns, gallery.dim,
                        scores.data(), tile_columns);
        for (std::int64_t r = 0; r < rows; ++r)
          candidates[r].take(scores.data() + r * tile_columns, offsets.data() + column,
                             tile_columns, column);
      }
      for (std::int64_t r = 0; r < rows; ++r) {
        candidates[r].tighten();
        write_nearest(problem, first + r, candidates[r].rows(), indices, similarity);
      }
    }
  }
}

}  // namespace

void nearest_rows(const NearestProblem& problem, std::int64_t* indices, float* similarity) {
  if (problem.count == 0) return;
  if (problem.bfloat16)
    search<std::uint16_t>(problem, indices, similarity);
  else
    search<float>(problem, indices, similarity);
}

}  // namespace cmc::kernels
#endif  // HWY_ONCE
