// This file is compiled once for each instruction set (hwy/foreach_target.h includes it again);
// what does not depend on the instruction set stands under HWY_ONCE at the end.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cmc/views/pictures/color.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h stands first.
#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>

#include "cmc/views/pictures/color.h"
#include "cmc/views/pictures/color_constants.h"

#ifndef CMC_VIEWS_COLOR_FORMULAS
#define CMC_VIEWS_COLOR_FORMULAS
namespace cmc::views {

/// Pixels converted at a time: their three planes stay in the first-level cache.
inline constexpr std::size_t chunk_pixels = 256;

/// Three planes of a chunk, converted in place.
struct Planes {
  alignas(64) float channel[3][chunk_pixels];
};

}  // namespace cmc::views
#endif

HWY_BEFORE_NAMESPACE();
namespace cmc::views::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

template <int row>
HWY_INLINE V affine(const Affine& map, V x, V y, V z) {
  const D d;
  V sum = hn::MulAdd(hn::Set(d, map.matrix[row][0]), x, hn::Set(d, map.offset[row]));
  sum = hn::MulAdd(hn::Set(d, map.matrix[row][1]), y, sum);
  return hn::MulAdd(hn::Set(d, map.matrix[row][2]), z, sum);
}

/// Cube root of normal positive numbers. A third of the exponent is a first guess y (Kahan), within
/// 4 %; with t = (x − y³) / (x + y³), |t| < 0.06, it is y ((1 + t) / (1 − t))^(1/3), of which the
/// series up to t⁵ leaves the rounding error, for one division.
HWY_INLINE V cube_root(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  const V bits = hn::ConvertTo(d, hn::BitCast(di, x));
  const V guess = hn::MulAdd(bits, hn::Set(d, 1.0f / 3.0f), hn::Set(d, 709921077.0f));
  const V y = hn::BitCast(d, hn::ConvertTo(di, guess));
  const V cube = hn::Mul(y, hn::Mul(y, y));
  const V t = hn::Div(hn::Sub(x, cube), hn::Add(x, cube));
  V factor = hn::Set(d, 67.0f / 364.5f);
  for (const float coefficient : {38.0f / 243.0f, 22.0f / 81.0f, 2.0f / 9.0f, 2.0f / 3.0f, 1.0f})
    factor = hn::MulAdd(factor, t, hn::Set(d, coefficient));
  return hn::Mul(y, factor);
}

/// f of L*a*b*.
HWY_INLINE V lab_f(V t) {
  const D d;
  const V threshold = hn::Set(d, linear_below);
  const V linear = hn::MulAdd(hn::Set(d, linear_slope), t, hn::Set(d, 4.0f / 29.0f));
  return hn::IfThenElse(hn::Gt(t, threshold), cube_root(hn::Max(t, threshold)), linear);
}

struct Color {
  V x, y, z;
};

template <ColorSpace space>
HWY_INLINE Color convert_vector(V r, V g, V b) {
  const D d;
  if constexpr (space == ColorSpace::rgb) {
    return {r, g, b};
  } else if constexpr (space == ColorSpace::hsv) {
    const V zero = hn::Zero(d);
    const V value = hn::Max(r, hn::Max(g, b));
    const V chroma = hn::Sub(value, hn::Min(r, hn::Min(g, b)));
    const auto grey = hn::Eq(chroma, zero);
    const V safe_chroma = hn::IfThenElse(grey, hn::Set(d, 1.0f), chroma);
    const V of_red = hn::Div(hn::Sub(g, b), safe_chroma);
    const V of_green = hn::Add(hn::Div(hn::Sub(b, r), safe_chroma), hn::Set(d, 2.0f));
    const V of_blue = hn::Add(hn::Div(hn::Sub(r, g), safe_chroma), hn::Set(d, 4.0f));
    V hue = hn::IfThenElse(hn::Eq(r, value), of_red,
                           hn::IfThenElse(hn::Eq(g, value), of_green, of_blue));
    hue = hn::Mul(hue, hn::Set(d, 1.0f / 6.0f));
    hue = hn::IfThenElse(hn::Lt(hue, zero), hn::Add(hue, hn::Set(d, 1.0f)), hue);
    const V safe_value = hn::IfThenElse(grey, hn::Set(d, 1.0f), value);
    return {hn::IfThenElse(grey, zero, hue), hn::Div(chroma, safe_value), value};
  } else if constexpr (space == ColorSpace::xyz || space == ColorSpace::lab ||
                       space == ColorSpace::luv) {
    const V x = affine<0>(xyz_of_linear, r, g, b);
    const V y = affine<1>(xyz_of_linear, r, g, b);
    const V z = affine<2>(xyz_of_linear, r, g, b);
    if constexpr (space == ColorSpace::xyz) return {x, y, z};
    const V fy = lab_f(y);  // Yn = 1
    const V lightness = hn::MulAdd(hn::Set(d, 116.0f), fy, hn::Set(d, -16.0f));
    if constexpr (space == ColorSpace::lab) {
      const V fx = lab_f(hn::Mul(x, hn::Set(d, 1.0f / white[0])));
      const V fz = lab_f(hn::Mul(z, hn::Set(d, 1.0f / white[2])));
      return {lightness, hn::Mul(hn::Set(d, 500.0f), hn::Sub(fx, fy)),
              hn::Mul(hn::Set(d, 200.0f), hn::Sub(fy, fz))};
    } else {
      constexpr float white_sum = white[0] + 15.0f * white[1] + 3.0f * white[2];
      const V sum = hn::MulAdd(hn::Set(d, 15.0f), y, hn::MulAdd(hn::Set(d, 3.0f), z, x));
      // Of black, whose L is 0: any chromaticity serves.
      const V share = hn::Div(hn::Set(d, 1.0f), hn::Max(sum, hn::Set(d, 1e-12f)));
      const V u =
          hn::MulSub(hn::Mul(hn::Set(d, 4.0f), x), share, hn::Set(d, 4.0f * white[0] / white_sum));
      const V v =
          hn::MulSub(hn::Mul(hn::Set(d, 9.0f), y), share, hn::Set(d, 9.0f * white[1] / white_sum));
      const V scale = hn::Mul(hn::Set(d, 13.0f), lightness);
      return {lightness, hn::Mul(scale, u), hn::Mul(scale, v)};
    }
  } else {
    constexpr const Affine& map = space == ColorSpace::ycbcr   ? ycbcr_of_rgb
                                  : space == ColorSpace::ydbdr ? ydbdr_of_rgb
                                  : space == ColorSpace::yuv   ? yuv_of_rgb
                                                               : ypbpr_of_rgb;
    return {affine<0>(map, r, g, b), affine<1>(map, r, g, b), affine<2>(map, r, g, b)};
  }
}

/// Converts the chunk in place and maps channel c by x ↦ scale[c] x + shift[c].
template <ColorSpace space>
void convert_planes(Planes& planes, std::size_t pixels, const float* scale, const float* shift) {
  const D d;
  for (std::size_t i = 0; i < pixels; i += hn::Lanes(d)) {
    const Color color = convert_vector<space>(hn::Load(d, planes.channel[0] + i),
                                              hn::Load(d, planes.channel[1] + i),
                                              hn::Load(d, planes.channel[2] + i));
    hn::Store(hn::MulAdd(hn::Set(d, scale[0]), color.x, hn::Set(d, shift[0])), d,
              planes.channel[0] + i);
    hn::Store(hn::MulAdd(hn::Set(d, scale[1]), color.y, hn::Set(d, shift[1])), d,
              planes.channel[1] + i);
    hn::Store(hn::MulAdd(hn::Set(d, scale[2]), color.z, hn::Set(d, shift[2])), d,
              planes.channel[2] + i);
  }
}

void convert_chunk(ColorSpace space, Planes& planes, std::size_t pixels, const float* scale,
                   const float* shift) {
  switch (space) {
    case ColorSpace::rgb:
      return convert_planes<ColorSpace::rgb>(planes, pixels, scale, shift);
    case ColorSpace::lab:
      return convert_planes<ColorSpace::lab>(planes, pixels, scale, shift);
    case ColorSpace::luv:
      return convert_planes<ColorSpace::luv>(planes, pixels, scale, shift);
    case ColorSpace::xyz:
      return convert_planes<ColorSpace::xyz>(planes, pixels, scale, shift);
    case ColorSpace::ycbcr:
      return convert_planes<ColorSpace::ycbcr>(planes, pixels, scale, shift);
    case ColorSpace::ydbdr:
      return convert_planes<ColorSpace::ydbdr>(planes, pixels, scale, shift);
    case ColorSpace::yuv:
      return convert_planes<ColorSpace::yuv>(planes, pixels, scale, shift);
    case ColorSpace::ypbpr:
      return convert_planes<ColorSpace::ypbpr>(planes, pixels, scale, shift);
    case ColorSpace::hsv:
      return convert_planes<ColorSpace::hsv>(planes, pixels, scale, shift);
  }
}

/// Spreads interleaved bytes over the planes, each times `unit`, and returns the pixels that were
/// spread: those of whole vectors.
std::size_t spread_bytes(const std::uint8_t* rgb, std::size_t pixels, float unit, Planes& planes) {
  const D d;
  const hn::RebindToSigned<D> integers;
  const hn::Rebind<std::uint8_t, D> narrow;
  const V factor = hn::Set(d, unit);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= pixels; i += lanes) {
    hn::Vec<decltype(narrow)> channel[3];
    hn::LoadInterleaved3(narrow, rgb + 3 * i, channel[0], channel[1], channel[2]);
    for (int c = 0; c < 3; ++c) {
      const V value = hn::ConvertTo(d, hn::PromoteTo(integers, channel[c]));
      hn::Store(hn::Mul(value, factor), d, planes.channel[c] + i);
    }
  }
  return i;
}

/// Writes planes interleaved, two or three of them, and returns the pixels that were written.
std::size_t interleave_two(const float* a, const float* b, std::size_t pixels, float* to) {
  const D d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= pixels; i += hn::Lanes(d))
    hn::StoreInterleaved2(hn::Load(d, a + i), hn::Load(d, b + i), d, to + 2 * i);
  return i;
}
std::size_t interleave_three(const Planes& planes, std::size_t pixels, float* to) {
  const D d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= pixels; i += hn::Lanes(d))
    hn::StoreInterleaved3(hn::Load(d, planes.channel[0] + i), hn::Load(d, planes.channel[1] + i),
                          hn::Load(d, planes.channel[2] + i), d, to + 3 * i);
  return i;
}

}  // namespace cmc::views::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <ATen/Functions.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cmath>
#include <memory>
#include <opencv2/core.hpp>
#include <utility>

#include "cmc/error.h"

namespace cmc::views {

HWY_EXPORT(convert_chunk);
HWY_EXPORT(spread_bytes);
HWY_EXPORT(interleave_two);
HWY_EXPORT(interleave_three);

namespace {

constexpr std::array<ColorSpaceDescription, color_spaces> descriptions = {{
    {"rgb", {"R", "G", "B"}, {0, 0, 0}, {1, 1, 1}},
    {"lab", {"L", "a", "b"}, {0, -86.183f, -107.857f}, {100, 98.233f, 94.478f}},
    {"luv", {"L", "u", "v"}, {0, -83.078f, -134.098f}, {100, 175.014f, 107.399f}},
    {"xyz", {"X", "Y", "Z"}, {0, 0, 0}, {0.950456f, 1, 1.088754f}},
    {"ycbcr", {"Y", "Cb", "Cr"}, {16, 16, 16}, {235, 240, 240}},
    {"ydbdr", {"Y", "Db", "Dr"}, {0, -1.333f, -1.333f}, {1, 1.333f, 1.333f}},
    {"yuv", {"Y", "U", "V"}, {0, -0.43601f, -0.614975f}, {1, 0.43601f, 0.614975f}},
    {"ypbpr", {"Y", "Pb", "Pr"}, {0, -0.5f, -0.5f}, {1, 0.5f, 0.5f}},
    {"hsv", {"H", "S", "V"}, {0, 0, 0}, {1, 1, 1}},
}};

bool of_linear_light(ColorSpace space) {
  return space == ColorSpace::lab || space == ColorSpace::luv || space == ColorSpace::xyz;
}

double linear_light(double stored) {
  return stored <= 0.04045 ? stored / 12.92 : std::pow((stored + 0.055) / 1.055, 2.4);
}

/// Linear light of each value of a sample.
template <class Sample>
const float* linear_table() {
  static const auto table = [] {
    constexpr std::size_t values = std::size_t{1} << (8 * sizeof(Sample));
    auto filled = std::make_unique<float[]>(values);
    for (std::size_t i = 0; i < values; ++i) {
      filled[i] = static_cast<float>(linear_light(static_cast<double>(i) / (values - 1)));
    }
    return filled;
  }();
  return table.get();
}

/// Spreads a chunk's interleaved samples over three planes, as the table has them; `step` is 3, or
/// −3 to read backwards.
template <class Sample>
void look_up(const Sample* rgb, std::ptrdiff_t step, std::size_t pixels, const float* table,
             Planes& planes) {
  for (std::size_t i = 0; i < pixels; ++i, rgb += step) {
    planes.channel[0][i] = table[rgb[0]];
    planes.channel[1][i] = table[rgb[1]];
    planes.channel[2][i] = table[rgb[2]];
  }
}

void store(const float* plane, std::size_t begin, std::size_t end, const ChannelTarget& target) {
  if (target.stride == 1) {
    std::copy(plane + begin, plane + end, target.data + begin);
  } else {
    for (std::size_t i = begin; i < end; ++i)
      target.data[static_cast<std::int64_t>(i) * target.stride] = plane[i];
  }
}

/// Stores a chunk, channels that stand side by side together. `targets` are those of its first
/// pixel.
void store(const Planes& planes, std::size_t pixels, const std::array<ChannelTarget, 3>& targets) {
  const auto beside = [&](int a, int b, std::int64_t stride) {
    return targets[a].stride == stride && targets[b].stride == stride &&
           targets[b].data == targets[a].data + 1;
  };
  std::array<std::size_t, 3> done{};
  if (beside(0, 1, 3) && beside(1, 2, 3)) {
    done.fill(HWY_DYNAMIC_DISPATCH(interleave_three)(planes, pixels, targets[0].data));
  } else {
    for (const auto& [a, b] : {std::pair(1, 2), std::pair(0, 2), std::pair(0, 1)}) {
      if (!beside(a, b, 2)) continue;
      done[a] = done[b] = HWY_DYNAMIC_DISPATCH(interleave_two)(planes.channel[a], planes.channel[b],
                                                               pixels, targets[a].data);
      break;
    }
  }
  for (int c = 0; c < 3; ++c) store(planes.channel[c], done[c], pixels, targets[c]);
}

template <class Sample>
void convert_row(ColorSpace space, std::span<const Sample> rgb,
                 const std::array<ChannelTarget, 3>& targets, Direction direction) {
  check(rgb.size() % 3 == 0, "{} samples of interleaved RGB: their number must be a multiple of 3",
        rgb.size());
  const std::size_t pixels = rgb.size() / 3;
  float scale[3], shift[3];
  for (int c = 0; c < 3; ++c) {
    scale[c] = 1.0f / targets[c].deviation;
    shift[c] = -targets[c].mean / targets[c].deviation;
  }
  const float* const table = of_linear_light(space) ? linear_table<Sample>() : nullptr;
  constexpr float unit = 1.0f / static_cast<float>(static_cast<Sample>(-1));
  const bool forward = direction == Direction::forward;

  Planes planes;
  std::array<ChannelTarget, 3> here = targets;
  for (std::size_t begin = 0; begin < pixels; begin += chunk_pixels) {
    const std::size_t n = std::min(chunk_pixels, pixels - begin);
    const Sample* const first = rgb.data() + 3 * (forward ? begin : pixels - 1 - begin);
    const std::ptrdiff_t step = forward ? 3 : -3;
    if (table != nullptr) {
      look_up(first, step, n, table, planes);
    } else {
      std::size_t spread = 0;
      if constexpr (sizeof(Sample) == 1)
        if (forward) spread = HWY_DYNAMIC_DISPATCH(spread_bytes)(first, n, unit, planes);
      for (std::size_t i = spread; i < n; ++i)
        for (int c = 0; c < 3; ++c)
          planes.channel[c][i] =
              static_cast<float>(first[static_cast<std::ptrdiff_t>(i) * step + c]) * unit;
    }
    // Whole vectors are converted: what stands behind the chunk's end must be numbers.
    for (auto& plane : planes.channel) {
      std::fill(plane + n, plane + std::min(chunk_pixels, (n + 63) / 64 * 64), 0.0f);
    }
    HWY_DYNAMIC_DISPATCH(convert_chunk)(space, planes, n, scale, shift);
    store(planes, n, here);
    for (ChannelTarget& target : here) target.data += static_cast<std::int64_t>(n) * target.stride;
  }
}

double stored_value(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1.0 / 2.4) - 0.055;
}

std::array<double, 3> solve(const Affine& map, std::array<double, 3> y) {
  cv::Matx33d matrix;
  cv::Vec3d right;
  for (int r = 0; r < 3; ++r) {
    for (int c = 0; c < 3; ++c) matrix(r, c) = map.matrix[r][c];
    right[r] = y[r] - map.offset[r];
  }
  const cv::Vec3d x = matrix.inv() * right;
  return {x[0], x[1], x[2]};
}

std::array<double, 3> srgb_of_xyz(std::array<double, 3> xyz) {
  std::array<double, 3> rgb = solve(xyz_of_linear, xyz);
  for (double& value : rgb) value = stored_value(value);
  return rgb;
}

std::array<double, 3> srgb_of_hsv(std::array<double, 3> hsv) {
  const auto [hue, saturation, value] = hsv;
  const auto channel = [&](double n) {
    const double k = std::fmod(n + 6.0 * hue, 6.0);
    return value - value * saturation * std::clamp(std::min(k, 4.0 - k), 0.0, 1.0);
  };
  return {channel(5), channel(3), channel(1)};
}

/// The inverse of f of L*a*b*.
double lab_f_inverse(double f) {
  return f > 6.0 / 29.0 ? f * f * f : (f - 4.0 / 29.0) / linear_slope;
}

}  // namespace

const ColorSpaceDescription& describe(ColorSpace space) {
  return descriptions[static_cast<std::size_t>(space)];
}

ColorSpace color_space(std::string_view name) {
  std::vector<std::string_view> names;
  for (int i = 0; i < color_spaces; ++i) {
    const std::string_view known = descriptions[i].name;
    const bool same =
        std::equal(name.begin(), name.end(), known.begin(), known.end(),
                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (same) return static_cast<ColorSpace>(i);
    names.push_back(known);
  }
  fail("colour space \"{}\" is unknown; it must be one of {}", name, fmt::join(names, ", "));
}

void convert(ColorSpace space, std::span<const std::uint8_t> rgb,
             const std::array<ChannelTarget, 3>& targets, Direction direction) {
  convert_row(space, rgb, targets, direction);
}

void convert(ColorSpace space, std::span<const std::uint16_t> rgb,
             const std::array<ChannelTarget, 3>& targets, Direction direction) {
  convert_row(space, rgb, targets, direction);
}

at::Tensor convert(ColorSpace space, const at::Tensor& rgb) {
  check(rgb.scalar_type() == at::kByte && rgb.dim() >= 3 && rgb.size(-3) == 3,
        "a colour conversion takes uint8 pictures [..., 3, H, W]; this tensor is {} [{}]",
        c10::toString(rgb.scalar_type()), fmt::join(rgb.sizes(), ", "));
  const at::Tensor pixels = rgb.movedim(-3, -1).contiguous().cpu();
  const at::Tensor converted = at::empty(pixels.sizes(), at::kFloat);
  float* const data = converted.data_ptr<float>();
  convert(space, {pixels.data_ptr<std::uint8_t>(), static_cast<std::size_t>(pixels.numel())},
          {{{data, 3}, {data + 1, 3}, {data + 2, 3}}});
  return converted.movedim(-1, -3).to(rgb.device());
}

std::array<double, 3> to_srgb(ColorSpace space, std::array<double, 3> color) {
  switch (space) {
    case ColorSpace::rgb:
      return color;
    case ColorSpace::hsv:
      return srgb_of_hsv(color);
    case ColorSpace::xyz:
      return srgb_of_xyz(color);
    case ColorSpace::ycbcr:
      return solve(ycbcr_of_rgb, color);
    case ColorSpace::ydbdr:
      return solve(ydbdr_of_rgb, color);
    case ColorSpace::yuv:
      return solve(yuv_of_rgb, color);
    case ColorSpace::ypbpr:
      return solve(ypbpr_of_rgb, color);
    case ColorSpace::lab: {
      const double fy = (color[0] + 16.0) / 116.0;
      return srgb_of_xyz({white[0] * lab_f_inverse(fy + color[1] / 500.0), lab_f_inverse(fy),
                          white[2] * lab_f_inverse(fy - color[2] / 200.0)});
    }
    case ColorSpace::luv: {
      if (color[0] <= 0) return {0, 0, 0};
      const double sum = white[0] + 15.0 * white[1] + 3.0 * white[2];
      const double u = color[1] / (13.0 * color[0]) + 4.0 * white[0] / sum;
      const double v = color[2] / (13.0 * color[0]) + 9.0 * white[1] / sum;
      const double y = lab_f_inverse((color[0] + 16.0) / 116.0);
      return srgb_of_xyz({y * 9.0 * u / (4.0 * v), y, y * (12.0 - 3.0 * u - 20.0 * v) / (4.0 * v)});
    }
  }
  fail("colour space {} is unknown", static_cast<int>(space));
}

}  // namespace cmc::views
#endif  // HWY_ONCE
