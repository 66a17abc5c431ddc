#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::views {

/// Colour spaces reached from sRGB (IEC 61966-2-1). R', G', B' are the stored values in [0, 1] (the
/// sample divided by 255 or 65535); R, G, B are linear light:
///   R = R' / 12.92 where R' ≤ 0.04045, else ((R' + 0.055) / 1.055)^2.4.
enum class ColorSpace {
  /// R', G', B' as stored.
  rgb,
  /// CIE 1976 L*a*b* for the white D65 of the 2° observer, (Xn, Yn, Zn) = (0.95047, 1, 1.08883):
  ///   L = 116 f(Y/Yn) − 16, a = 500 (f(X/Xn) − f(Y/Yn)), b = 200 (f(Y/Yn) − f(Z/Zn)),
  ///   f(t) = t^(1/3) where t > (6/29)³, else (29/6)² t / 3 + 4/29.
  lab,
  /// CIE 1976 L*u*v* for the same white: L as above, u = 13 L (u' − u'n), v = 13 L (v' − v'n) with
  /// u' = 4X / (X + 15Y + 3Z), v' = 9Y / (X + 15Y + 3Z); black is (0, 0, 0).
  luv,
  /// CIE 1931 XYZ of linear light, scaled so that white has Y = 1:
  ///   X = 0.412453 R + 0.357580 G + 0.180423 B
  ///   Y = 0.212671 R + 0.715160 G + 0.072169 B
  ///   Z = 0.019334 R + 0.119193 G + 0.950227 B
  xyz,
  /// ITU-R BT.601 with studio range: Y in [16, 235], Cb and Cr in [16, 240] around 128.
  ycbcr,
  /// The SECAM colour space: Y in [0, 1], Db and Dr in [−1.333, 1.333].
  ydbdr,
  /// The PAL colour space: Y in [0, 1], U in [−0.436, 0.436], V in [−0.615, 0.615].
  yuv,
  /// The analogue form of BT.601: Y in [0, 1], Pb and Pr in [−0.5, 0.5].
  ypbpr,
  /// Hue, saturation, value (Smith 1978), each in [0, 1]; hue is 0 for greys.
  hsv,
};

inline constexpr int color_spaces = 9;

/// What is known of a colour space: its name, its channels' names, and the least and greatest value
/// of each channel over all sRGB colours, in the units of the definition.
struct ColorSpaceDescription {
  std::string_view name;
  std::array<std::string_view, 3> channels;
  std::array<float, 3> low;
  std::array<float, 3> high;
};

const ColorSpaceDescription& describe(ColorSpace space);

/// The space of a name, in any case: "rgb", "lab", "luv", "xyz", "ycbcr", "ydbdr", "yuv", "ypbpr",
/// "hsv". Throws Error that lists the names.
ColorSpace color_space(std::string_view name);

/// Where one converted channel goes: pixel i's value x is stored as data[i * stride] = (x − mean) /
/// deviation.
struct ChannelTarget {
  float* data = nullptr;
  std::int64_t stride = 1;
  float mean = 0;
  float deviation = 1;
};

/// Which way a row is read.
enum class Direction { forward, mirrored };

/// Converts one row (or any run) of interleaved sRGB pixels, R G B R G B …: `rgb` holds 3n samples
/// of 8 or 16 bits, each target takes n floats at its stride. With Direction::mirrored the last
/// pixel is written first. Every value is within 1e-3 of the definition, in its units. The
/// instruction set is chosen when the program runs. Throws Error where the number of samples is no
/// multiple of 3.
void convert(ColorSpace space, std::span<const std::uint8_t> rgb,
             const std::array<ChannelTarget, 3>& targets, Direction direction = Direction::forward);
void convert(ColorSpace space, std::span<const std::uint16_t> rgb,
             const std::array<ChannelTarget, 3>& targets, Direction direction = Direction::forward);

/// Converts pictures: uint8 [..., 3, H, W] to float32 of the same shape in channels-last memory, in
/// the units of the definition. Throws Error for another type or shape.
at::Tensor convert(ColorSpace space, const at::Tensor& rgb);

/// The way back, in double, for one colour: stored sRGB values, in [0, 1] where the colour is one
/// of sRGB's.
std::array<double, 3> to_srgb(ColorSpace space, std::array<double, 3> color);

}  // namespace cmc::views
