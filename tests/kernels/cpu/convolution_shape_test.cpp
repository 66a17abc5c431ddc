#include "cmc/kernels/cpu/convolution_shape.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace cmc::kernels {
namespace {

/// What each grid of an axis holds by position: the input's number, of two series in a row.
using Held = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;

Held held_by(const ConvolutionAxis& axis) {
  Held held;
  for (std::int64_t series = 0; series < 2; ++series)
    for (std::int64_t j = 0; j < axis.in; ++j) {
      const auto place = std::pair(j % axis.stride, series * axis.pitch() + j / axis.stride);
      EXPECT_TRUE(held.emplace(place, series * axis.in + j).second) << "two values in one place";
    }
  return held;
}

/// Calls of(axis) for all small ones that give an output at all.
template <class Work>
void for_axes(const Work& of) {
  for (std::int64_t in = 1; in <= 13; ++in)
    for (std::int64_t kernel = 1; kernel <= 7; ++kernel)
      for (std::int64_t stride = 1; stride <= 4; ++stride)
        for (std::int64_t padding = 0; padding < kernel; ++padding) {
          if (in + 2 * padding < kernel) continue;
          SCOPED_TRACE(testing::Message() << in << ", kernel " << kernel << ", stride " << stride
                                          << ", padding " << padding);
          of(ConvolutionAxis{in, kernel, stride, padding});
        }
}

TEST(ConvolutionAxis, ShiftsAnOutputToWhatItSeesOrToAZero) {
  for_axes([](const ConvolutionAxis& axis) {
    const Held held = held_by(axis);
    for (std::int64_t series = 0; series < 2; ++series)
      for (std::int64_t out = 0; out < axis.out(); ++out)
        for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
          const std::int64_t seen = axis.stride * out + tap - axis.padding;
          const auto found =
              held.find({axis.phase(tap), series * axis.pitch() + out + axis.shift(tap)});
          ASSERT_LE(std::abs(axis.shift(tap)), axis.reach());
          if (seen < 0 || seen >= axis.in) {
            ASSERT_TRUE(found == held.end());
          } else {
            ASSERT_TRUE(found != held.end() && found->second == series * axis.in + seen);
          }
        }
  });
}

/// Backwards: the outputs stand in one grid, and an input's tap is shifted the other way.
TEST(ConvolutionAxis, ShiftsAnInputBackToTheOutputsThatSeeIt) {
  for_axes([](const ConvolutionAxis& axis) {
    Held held;
    for (std::int64_t series = 0; series < 2; ++series)
      for (std::int64_t out = 0; out < axis.out(); ++out)
        held[{0, series * axis.pitch() + out}] = series * axis.out() + out;
    for (std::int64_t series = 0; series < 2; ++series)
      for (std::int64_t j = 0; j < axis.in; ++j)
        for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
          if (axis.phase(tap) != j % axis.stride) continue;
          const auto found =
              held.find({0, series * axis.pitch() + j / axis.stride - axis.shift(tap)});
          const std::int64_t out = (j + axis.padding - tap) / axis.stride;
          const bool sees = j + axis.padding - tap >= 0 && out < axis.out();
          ASSERT_EQ(found != held.end(), sees);
          if (sees) {
            ASSERT_EQ(found->second, series * axis.out() + out);
          }
        }
  });
}

TEST(ConvolutionShape, HasNoMoreZerosThanItNeeds) {
  const ConvolutionShape same{1, 1, {4, 3, 1, 1}, {4, 3, 1, 1}},
      halved{1, 1, {8, 3, 2, 1}, {8, 3, 2, 1}}, single{1, 1, {9, 1, 1, 0}, {9, 1, 1, 0}};
  EXPECT_EQ(same.positions(), 5 * 5);
  EXPECT_EQ(halved.positions(), 5 * 5);
  EXPECT_EQ(single.positions(), 9 * 9);
  EXPECT_EQ(same.margin(), 6);
  EXPECT_EQ(same.offset(0), -6);
  EXPECT_EQ(same.offset(8), 6);
  EXPECT_EQ(halved.grid(4), 0);  // the middle of the kernel sees even rows and columns
}

}  // namespace
}  // namespace cmc::kernels
