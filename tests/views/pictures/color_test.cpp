#include "cmc/views/pictures/color.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::views {
namespace {

using Triple = std::array<double, 3>;

// The published definitions, written the slow way.

double linear_light(double v) {
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

Triple slow_xyz(Triple rgb) {
  const double r = linear_light(rgb[0]), g = linear_light(rgb[1]), b = linear_light(rgb[2]);
  return {0.412453 * r + 0.357580 * g + 0.180423 * b, 0.212671 * r + 0.715160 * g + 0.072169 * b,
          0.019334 * r + 0.119193 * g + 0.950227 * b};
}

double f(double t) {
  return t > std::pow(6.0 / 29.0, 3) ? std::cbrt(t)
                                     : t * std::pow(29.0 / 6.0, 2) / 3.0 + 4.0 / 29.0;
}

Triple slow_hsv(Triple rgb) {
  const auto [r, g, b] = rgb;
  const double high = std::max({r, g, b}), low = std::min({r, g, b}), chroma = high - low;
  double hue = 0;
  if (chroma > 0) {
    if (high == r) {
      hue = (g - b) / chroma;
    } else if (high == g) {
      hue = 2 + (b - r) / chroma;
    } else {
      hue = 4 + (r - g) / chroma;
    }
  }
  hue /= 6;
  return {hue < 0 ? hue + 1 : hue, high > 0 ? chroma / high : 0, high};
}

Triple slow(ColorSpace space, Triple rgb) {
  const auto [r, g, b] = rgb;
  const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
  const auto [x, y, z] = slow_xyz(rgb);
  const double xn = 0.95047, zn = 1.08883;
  switch (space) {
    case ColorSpace::rgb:
      return rgb;
    case ColorSpace::lab:
      return {116 * f(y) - 16, 500 * (f(x / xn) - f(y)), 200 * (f(y) - f(z / zn))};
    case ColorSpace::luv: {
      const double lightness = 116 * f(y) - 16;
      const double sum = x + 15 * y + 3 * z, white_sum = xn + 15 + 3 * zn;
      if (sum == 0) return {0, 0, 0};
      return {lightness, 13 * lightness * (4 * x / sum - 4 * xn / white_sum),
              13 * lightness * (9 * y / sum - 9 / white_sum)};
    }
    case ColorSpace::xyz:
      return {x, y, z};
    case ColorSpace::ycbcr:  // BT.601: Y' scaled by 219, the differences by 224 around 128
      return {16 + 219 * luma, 128 + 224 * (b - luma) / (2 * (1 - 0.114)),
              128 + 224 * (r - luma) / (2 * (1 - 0.299))};
    case ColorSpace::ydbdr:
      return {luma, 1.333 * (b - luma) / (1 - 0.114), -1.333 * (r - luma) / (1 - 0.299)};
    case ColorSpace::yuv:
      return {luma, 0.436 * (b - luma) / (1 - 0.114), 0.615 * (r - luma) / (1 - 0.299)};
    case ColorSpace::ypbpr:
      return {luma, 0.5 * (b - luma) / (1 - 0.114), 0.5 * (r - luma) / (1 - 0.299)};
    case ColorSpace::hsv:
      return slow_hsv(rgb);
  }
  return {};
}

std::vector<ColorSpace> all_spaces() {
  std::vector<ColorSpace> spaces;
  for (int i = 0; i < color_spaces; ++i) spaces.push_back(static_cast<ColorSpace>(i));
  return spaces;
}

template <class Sample>
std::vector<float> converted(ColorSpace space, const std::vector<Sample>& rgb,
                             Direction direction = Direction::forward) {
  std::vector<float> out(rgb.size());
  convert(space, std::span<const Sample>(rgb),
          {{{out.data(), 3}, {out.data() + 1, 3}, {out.data() + 2, 3}}}, direction);
  return out;
}

/// Every 5th value of each channel, which takes in 0 and 255, and every grey.
std::vector<std::uint8_t> cube() {
  std::vector<std::uint8_t> rgb;
  for (int r = 0; r < 256; r += 5) {
    for (int g = 0; g < 256; g += 5) {
      for (int b = 0; b < 256; b += 5) {
        for (int value : {r, g, b}) rgb.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  for (int grey = 0; grey < 256; ++grey) rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(grey));
  return rgb;
}

template <class Sample>
void expect_definition(const std::vector<Sample>& rgb) {
  const double full = static_cast<Sample>(-1);
  for (const ColorSpace space : all_spaces()) {
    const std::vector<float> out = converted(space, rgb);
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < rgb.size(); i += 3) {
      const Triple expected = slow(space, {rgb[i] / full, rgb[i + 1] / full, rgb[i + 2] / full});
      for (int c = 0; c < 3; ++c) {
        const double error = std::abs(out[i + c] - expected[c]);
        if (!(error <= worst)) worst = error, at = i;
      }
    }
    // BT.601 and its kin are published with coefficients of three to six decimals: 219 · 1e-6 and
    // more.
    EXPECT_LT(worst, space == ColorSpace::ydbdr ? 2e-3 : 1e-3)
        << describe(space).name << " at " << +rgb[at] << ", " << +rgb[at + 1] << ", "
        << +rgb[at + 2];
  }
}

/// Restores the instruction set that the program chose.
class InstructionSets : public ::testing::Test {
 protected:
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_F(InstructionSets, EachMeetsTheDefinition) {
  RandomStream stream(RandomPurpose::made_data, 1);
  std::vector<std::uint16_t> deep(3 * 20'001);
  for (auto& sample : deep) sample = static_cast<std::uint16_t>(stream.below(65536));
  const std::vector<std::uint8_t> rgb = cube();
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    expect_definition(rgb);
    expect_definition(deep);
  }
}

// What scikit-image 0.19.3 makes of eleven colours.
constexpr std::uint8_t colors[11][3] = {
    {255, 0, 0}, {0, 255, 0},   {0, 0, 255},   {255, 255, 255}, {0, 0, 0}, {128, 128, 128},
    {1, 2, 3},   {12, 200, 97}, {250, 3, 180}, {77, 77, 20},    {9, 9, 11}};

struct Figures {
  ColorSpace space;
  double values[11][3];
};

constexpr Figures scikit_image[] = {
    {ColorSpace::lab,
     {{53.24059, 80.09231, 67.20275},
      {87.7351, -86.18303, 83.1797},
      {32.29567, 79.18559, -107.8573},
      {100, -0.002454938, 0.004653421},
      {0, 0, 0},
      {53.58501, -0.001472646, 0.002791451},
      {0.5098251, -0.1224903, -0.4704961},
      {71.04097, -63.77272, 39.79823},
      {55.77584, 87.95308, -25.47558},
      {31.66134, -8.126154, 32.25829},
      {2.50764, 0.2814761, -0.7661987}}},
    {ColorSpace::luv,
     {{53.24059, 175.0145, 37.75617},
      {87.7351, -83.07791, 107.3991},
      {32.29567, -9.404919, -130.337},
      {100, -0.0005495002, 0.007667209},
      {0, 0, 0},
      {53.58501, -0.0002944498, 0.004108475},
      {0.5098296, -0.1734696, -0.2516537},
      {71.04097, -63.48115, 61.06601},
      {55.77584, 113.3327, -52.62323},
      {31.66134, 2.217443, 30.73619},
      {2.507662, -0.03357773, -0.4649677}}},
    {ColorSpace::xyz,
     {{0.412453, 0.212671, 0.019334},
      {0.35758, 0.71516, 0.119193},
      {0.180423, 0.072169, 0.950227},
      {0.950456, 1, 1.088754},
      {0, 0, 0},
      {0.2051659, 0.2158605, 0.235019},
      {0.0005065507, 0.0005644078, 0.0009434836},
      {0.2296151, 0.4224713, 0.1825033},
      {0.4769667, 0.2368977, 0.4522854},
      {0.05840903, 0.0693625, 0.01692781},
      {0.002707324, 0.002776112, 0.003558389}}},
    {ColorSpace::hsv,
     {{0, 1, 1},
      {0.3333333, 1, 1},
      {0.6666667, 1, 1},
      {0, 0, 1},
      {0, 0, 0},
      {0, 0, 0.5019608},
      {0.5833333, 0.6666667, 0.01176471},
      {0.4086879, 0.94, 0.7843137},
      {0.8805668, 0.988, 0.9803922},
      {0.1666667, 0.7402597, 0.3019608},
      {0.6666667, 0.1818182, 0.04313725}}},
    {ColorSpace::yuv,
     {{0.299, -0.1471412, 0.6149754},
      {0.587, -0.2888692, -0.5149651},
      {0.114, 0.4360103, -0.1000103},
      {1, 0, 0},
      {0, 0, 0},
      {0.5019608, 0, 0},
      {0.007117647, 0.002286869, -0.002803865},
      {0.5178275, -0.06763342, -0.4129973},
      {0.3805137, 0.1601175, 0.5262631},
      {0.2764784, -0.09746114, 0.02235523},
      {0.03618824, 0.003419689, -0.0007843942}}},
    {ColorSpace::ycbcr,
     {{81.481, 90.203, 240},
      {144.553, 53.797, 34.214},
      {40.966, 240, 109.786},
      {235, 128, 128},
      {16, 128, 128},
      {125.9294, 128, 128},
      {17.55876, 128.5874, 127.4894},
      {129.4042, 110.6268, 52.78448},
      {99.33251, 169.13, 223.8436},
      {76.54878, 102.9647, 132.0714},
      {23.92522, 128.8784, 127.8571}}},
    {ColorSpace::ydbdr,
     {{0.299, -0.45, -1.333},
      {0.587, -0.883, 1.116},
      {0.114, 1.333, 0.217},
      {1, 0, 0},
      {0, 0, 0},
      {0.5019608, 0, 0},
      {0.007117647, 0.006992157, 0.006078431},
      {0.5178275, -0.2066627, 0.8951098},
      {0.3805137, 0.4893765, -1.140557},
      {0.2764784, -0.2979647, -0.04850588},
      {0.03618824, 0.0104549, 0.001701961}}},
    {ColorSpace::ypbpr,
     {{0.299, -0.168736, 0.5},
      {0.587, -0.331264, -0.418688},
      {0.114, 0.5, -0.081312},
      {1, 0, 0},
      {0, 0, 0},
      {0.5019608, 0, 0},
      {0.007117647, 0.002622494, -0.002279655},
      {0.5178275, -0.07755934, -0.3357838},
      {0.3805137, 0.1836165, 0.4278736},
      {0.2764784, -0.1117647, 0.01817562},
      {0.03618824, 0.003921569, -0.0006377412}}},
};

TEST(Color, AgreesWithScikitImage) {
  std::vector<std::uint8_t> rgb;
  for (const auto& color : colors) rgb.insert(rgb.end(), std::begin(color), std::end(color));
  for (const Figures& figures : scikit_image) {
    const std::vector<float> out = converted(figures.space, rgb);
    for (int i = 0; i < 11; ++i) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(out[3 * i + c], figures.values[i][c], 1e-3)
            << describe(figures.space).name << ", colour " << i << ", channel " << c;
      }
    }
  }
}

TEST(Color, RangesAreThoseOfTheCube) {
  const std::vector<std::uint8_t> rgb = cube();
  for (const ColorSpace space : all_spaces()) {
    const std::vector<float> out = converted(space, rgb);
    const ColorSpaceDescription& range = describe(space);
    for (int c = 0; c < 3; ++c) {
      float low = out[c], high = out[c];
      for (std::size_t i = c; i < out.size(); i += 3) {
        low = std::min(low, out[i]);
        high = std::max(high, out[i]);
      }
      const float width = range.high[c] - range.low[c];
      EXPECT_NEAR(low, range.low[c], 1e-4 * width) << range.name << " " << range.channels[c];
      // Hue comes near 1, but 1 is 0.
      const float slack = space == ColorSpace::hsv && c == 0 ? 0.01f : 1e-4f;
      EXPECT_NEAR(high, range.high[c], slack * width) << range.name << " " << range.channels[c];
    }
  }
}

TEST(Color, WayBackRestoresEachColour) {
  for (const ColorSpace space : all_spaces()) {
    for (const auto& color : colors) {
      const Triple rgb = {color[0] / 255.0, color[1] / 255.0, color[2] / 255.0};
      const Triple back = to_srgb(space, slow(space, rgb));
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(back[c], rgb[c], 1.5e-3) << describe(space).name;
    }
  }
}

TEST(Color, MirroredRowIsTheRowBackwards) {
  // Longer than a chunk and of odd length, so that both chunks and vectors end in the middle.
  RandomStream stream(RandomPurpose::made_data, 2);
  std::vector<std::uint8_t> rgb(3 * 531);
  for (auto& sample : rgb) sample = static_cast<std::uint8_t>(stream.below(256));
  const std::vector<float> forward = converted(ColorSpace::lab, rgb);
  const std::vector<float> mirrored = converted(ColorSpace::lab, rgb, Direction::mirrored);
  for (int i = 0; i < 531; ++i) {
    for (int c = 0; c < 3; ++c) EXPECT_EQ(mirrored[3 * i + c], forward[3 * (530 - i) + c]);
  }
}

TEST(Color, TargetsTakeStridesAndNormalise) {
  const std::vector<std::uint8_t> rgb = {255, 0, 51, 0, 255, 102};
  std::vector<float> alone(2), pair(4);
  convert(ColorSpace::rgb, std::span<const std::uint8_t>(rgb),
          {{{pair.data(), 2, 0.5f, 0.25f}, {alone.data()}, {pair.data() + 1, 2}}});
  EXPECT_EQ(alone, (std::vector<float>{0, 1}));
  EXPECT_FLOAT_EQ(pair[0], 2);
  EXPECT_FLOAT_EQ(pair[1], 0.2f);
  EXPECT_FLOAT_EQ(pair[2], -2);
  EXPECT_FLOAT_EQ(pair[3], 0.4f);
}

TEST(Color, ConvertsTensors) {
  const at::Tensor pictures = torch::randint(256, {2, 3, 5, 7}, torch::kByte);
  const at::Tensor lab = convert(ColorSpace::lab, pictures);
  ASSERT_EQ(lab.sizes(), pictures.sizes());
  EXPECT_TRUE(lab.is_contiguous(at::MemoryFormat::ChannelsLast));
  const auto in = pictures.accessor<std::uint8_t, 4>();
  const auto out = lab.accessor<float, 4>();
  const Triple expected = slow(
      ColorSpace::lab, {in[1][0][4][6] / 255.0, in[1][1][4][6] / 255.0, in[1][2][4][6] / 255.0});
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(out[1][c][4][6], expected[c], 1e-3);
  EXPECT_THROW(convert(ColorSpace::lab, torch::zeros({3, 4, 4})), Error);
  EXPECT_THROW(convert(ColorSpace::lab, torch::zeros({1, 4, 4}, torch::kByte)), Error);
}

TEST(Color, NamesAreReadInAnyCase) {
  EXPECT_EQ(color_space("Lab"), ColorSpace::lab);
  EXPECT_EQ(color_space("YCbCr"), ColorSpace::ycbcr);
  EXPECT_THROW(color_space("yiq"), Error);
  const std::vector<std::uint8_t> broken(4);
  EXPECT_THROW(converted(ColorSpace::lab, broken), Error);
}

}  // namespace
}  // namespace cmc::views
