// This file is compiled once for each instruction set (hwy/foreach_target.h includes it again);
// what does not depend on the instruction set stands under HWY_ONCE at the end. No product is fused
// with its sum (-ffp-contract=off in CMakeLists.txt), so that all of them give the same bits.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/views/pictures/shrink.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h stands first.
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cmc/views/pictures/shrink.h"

#ifndef CMC_VIEWS_SHRINK_WEIGHTS
#define CMC_VIEWS_SHRINK_WEIGHTS
namespace cmc::views {

/// Of each place along one side of the output: the first pixel under it and the weights of `taps`
/// pixels from there on, 0 where there are fewer.
struct Coverage {
  std::size_t taps = 0;
  std::vector<std::size_t> first;
  std::vector<float> weights;

  const float* of(std::size_t place) const { return weights.data() + place * taps; }
};

}  // namespace cmc::views
#endif

HWY_BEFORE_NAMESPACE();
namespace cmc::views::HWY_NAMESPACE {

/// The bytes as floats.
void widen(const std::uint8_t* bytes, std::size_t n, float* line) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> integers;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::Store(hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(narrow, bytes + i))), d, line + i);
  for (; i < n; ++i) line[i] = bytes[i];
}

/// Row of the output's width: Σ weight · pixel, from the first pixel to the last. A pixel's three
/// channels lie in a vector of four, where there is one, whose last lane the next pixel overwrites.
template <std::size_t kTaps>
void shrink_line(const float* line, const Coverage& columns, float* row) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<float, 4> d;
  const std::size_t taps = kTaps > 0 ? kTaps : columns.taps;
  const float* weights = columns.weights.data();
  const std::size_t width = columns.first.size();
  for (std::size_t x = 0; x < width; ++x, weights += taps, row += 3) {
    for (std::size_t channel = 0; channel < 3; channel += hn::Lanes(d)) {
      const float* const pixels = line + 3 * columns.first[x] + channel;
      auto sum = hn::Mul(hn::LoadU(d, pixels), hn::Set(d, weights[0]));
      const auto add = [&](std::size_t tap) {
        sum = hn::Add(sum, hn::Mul(hn::LoadU(d, pixels + 3 * tap), hn::Set(d, weights[tap])));
      };
      if constexpr (kTaps > 1) add(1);
      if constexpr (kTaps > 2) add(2);
      if constexpr (kTaps > 3) add(3);
      if constexpr (kTaps == 0)
        for (std::size_t tap = 1; tap < taps; ++tap) add(tap);
      hn::StoreU(sum, d, row + channel);
    }
  }
}

void shrink_row(const float* line, const Coverage& columns, float* row) {
  switch (columns.taps) {
    case 2:
      return shrink_line<2>(line, columns, row);
    case 3:
      return shrink_line<3>(line, columns, row);
    case 4:
      return shrink_line<4>(line, columns, row);
    default:
      return shrink_line<0>(line, columns, row);
  }
}

/// sum ← weight · row, or sum + weight · row, of `n` floats rounded up to whole vectors.
void add_row(const float* row, float weight, bool first, std::size_t n, float* sum) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, weight);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto product = hn::Mul(hn::Load(d, row + i), factor);
    hn::Store(first ? product : hn::Add(hn::Load(d, sum + i), product), d, sum + i);
  }
}

/// Rounds to bytes, halves to the even one.
void narrow_row(const float* sum, std::size_t n, std::uint8_t* bytes) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  const auto rounded = [&](std::size_t i) {
    return hn::DemoteTo(narrow, hn::NearestInt(hn::Load(d, sum + i)));
  };
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(rounded(i), narrow, bytes + i);
  if (i == n) return;
  HWY_ALIGN std::uint8_t rest[hn::MaxLanes(narrow)];
  hn::Store(rounded(i), narrow, rest);
  for (std::size_t k = 0; i + k < n; ++k) bytes[i + k] = rest[k];
}

/// `from`: rows of `samples` bytes, `step` apart. `line`, `row`, `sum`: space for a row of the
/// picture, and two for a row of the output, zeroed, with some floats to spare.
void shrink_picture(const std::uint8_t* from, std::size_t step, std::size_t samples,
                    const Coverage& rows, const Coverage& columns, float* line, float* row,
                    float* sum, std::uint8_t* to, std::size_t to_step) {
  const std::size_t made = 3 * columns.first.size();
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t at = none;  // what `row` is made of
  for (std::size_t y = 0; y < rows.first.size(); ++y) {
    for (std::size_t tap = 0; tap < rows.taps; ++tap) {
      const float weight = rows.of(y)[tap];
      if (weight == 0) continue;
      if (at != rows.first[y] + tap) {
        at = rows.first[y] + tap;
        widen(from + at * step, samples, line);
        shrink_row(line, columns, row);
      }
      add_row(row, weight, tap == 0, made, sum);
    }
    narrow_row(sum, made, to + y * to_step);
  }
}

}  // namespace cmc::views::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace cmc::views {

HWY_EXPORT(shrink_picture);

namespace {

/// Floats behind those of a picture that whole vectors may touch.
constexpr std::size_t spare = 64;

/// How `made` places cover `given` pixels. The weights are the covered parts over their sum, in
/// float32; a part of less than a thousandth of a pixel does not count.
Coverage coverage(int given, int made) {
  constexpr double least = 1e-3;
  const double side = 1.0 / (static_cast<double>(made) / given);  // as cv::resize rounds it
  Coverage found;
  const auto places = static_cast<std::size_t>(made);
  found.taps = static_cast<std::size_t>(std::ceil(side)) + 1;
  found.first.resize(places);
  found.weights.resize(places * found.taps);
  for (std::size_t place = 0; place < places; ++place) {
    const double begin = static_cast<double>(place) * side, end = begin + side;
    const double covered = std::min(side, given - begin);
    const int past = std::min(static_cast<int>(end), given - 1);
    const int reached = static_cast<int>(begin);
    const int whole = std::min(reached < begin ? reached + 1 : reached, past);
    float* weight = found.weights.data() + place * found.taps;
    const bool enters = whole - begin > least;
    if (enters) *weight++ = static_cast<float>((whole - begin) / covered);
    weight = std::fill_n(weight, past - whole, static_cast<float>(1.0 / covered));
    if (end - past > least)
      *weight = static_cast<float>(std::min({end - past, 1.0, covered}) / covered);
    found.first[place] = static_cast<std::size_t>(enters ? whole - 1 : whole);
  }
  return found;
}

/// This thread's buffer of so many floats, aligned for vectors.
float* floats(std::size_t n, std::size_t which) {
  thread_local hwy::AlignedFreeUniquePtr<float[]> buffers[3];
  thread_local std::size_t sizes[3] = {};
  if (sizes[which] < n) {
    buffers[which] = hwy::AllocateAligned<float>(n);
    sizes[which] = n;
  }
  std::fill_n(buffers[which].get(), n, 0.0f);
  return buffers[which].get();
}

/// cv::resize takes whole ratios another way.
bool is_whole_ratio(cv::Size given, cv::Size made) {
  return given.width % made.width == 0 && given.height % made.height == 0;
}

}  // namespace

void shrink(const cv::Mat& picture, cv::Size size, cv::Mat& smaller) {
  if (picture.type() != CV_8UC3 || is_whole_ratio(picture.size(), size)) {
    cv::resize(picture, smaller, size, 0, 0, cv::INTER_AREA);
    return;
  }
  const Coverage rows = coverage(picture.rows, size.height);
  const Coverage columns = coverage(picture.cols, size.width);
  const std::size_t samples = 3 * static_cast<std::size_t>(picture.cols);
  const std::size_t made = 3 * static_cast<std::size_t>(size.width);
  smaller.create(size, picture.type());
  HWY_DYNAMIC_DISPATCH(shrink_picture)
  (picture.data, picture.step[0], samples, rows, columns,
   floats(samples + 3 * columns.taps + spare, 0), floats(made + spare, 1), floats(made + spare, 2),
   smaller.data, smaller.step[0]);
}

}  // namespace cmc::views
#endif  // HWY_ONCE
