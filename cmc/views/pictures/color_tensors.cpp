#include "cmc/views/pictures/color_tensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "cmc/views/pictures/color_constants.h"

namespace cmc::views {
namespace {

// Numbers stand in the graph as scalars, not as tensors, so that it runs on any device.

at::Tensor channel(const at::Tensor& x, std::int64_t c) {
  return x.slice(1, c, c + 1);
}

at::Tensor affine(const Affine& map, const at::Tensor& x) {
  std::vector<at::Tensor> rows;
  for (int r = 0; r < 3; ++r) {
    at::Tensor sum = channel(x, 0) * static_cast<double>(map.matrix[r][0]);
    for (int c = 1; c < 3; ++c) sum = sum + channel(x, c) * static_cast<double>(map.matrix[r][c]);
    rows.push_back(sum + static_cast<double>(map.offset[r]));
  }
  return at::cat(rows, 1);
}

at::Tensor stored(const at::Tensor& bytes) {
  return bytes.to(at::kFloat) / 255.0;
}

at::Tensor linear_light(const at::Tensor& stored) {
  return at::where(stored.le(0.04045), stored / 12.92, ((stored + 0.055) / 1.055).pow(2.4));
}

/// f of L*a*b*.
at::Tensor lab_f(const at::Tensor& t) {
  return at::where(t.gt(linear_below), t.clamp_min(linear_below).pow(1.0 / 3.0),
                   t * static_cast<double>(linear_slope) + 4.0 / 29.0);
}

at::Tensor lab(const at::Tensor& xyz) {
  const at::Tensor f =
      lab_f(at::cat({channel(xyz, 0) / static_cast<double>(white[0]), channel(xyz, 1),
                     channel(xyz, 2) / static_cast<double>(white[2])},
                    1));
  constexpr Affine lab_of_f = {{{0, 116, 0}, {500, -500, 0}, {0, 200, -200}}, {-16, 0, 0}};
  return affine(lab_of_f, f);
}

at::Tensor luv(const at::Tensor& xyz) {
  constexpr double white_sum = white[0] + 15.0 * white[1] + 3.0 * white[2];
  const at::Tensor x = channel(xyz, 0), y = channel(xyz, 1), z = channel(xyz, 2);
  const at::Tensor lightness = lab_f(y) * 116.0 - 16.0;
  const at::Tensor sum = (x + y * 15.0 + z * 3.0).clamp_min(1e-12);
  const at::Tensor u = lightness * 13.0 * (x * 4.0 / sum - 4.0 * white[0] / white_sum);
  const at::Tensor v = lightness * 13.0 * (y * 9.0 / sum - 9.0 * white[1] / white_sum);
  return at::cat({lightness, u, v}, 1);
}

at::Tensor hsv(const at::Tensor& rgb) {
  const at::Tensor r = channel(rgb, 0), g = channel(rgb, 1), b = channel(rgb, 2);
  const at::Tensor value = at::maximum(r, at::maximum(g, b));
  const at::Tensor chroma = value - at::minimum(r, at::minimum(g, b));
  // Of greys, whose chroma is 0, the dividends are 0 too: hue and saturation come out as 0.
  const at::Tensor divisor = chroma.clamp_min(1e-6), whole = value.clamp_min(1e-6);
  const at::Tensor sixths =
      at::where(r.eq(value), (g - b) / divisor,
                at::where(g.eq(value), (b - r) / divisor + 2.0, (r - g) / divisor + 4.0));
  const at::Tensor hue = sixths / 6.0;
  return at::cat({at::where(hue.lt(0.0), hue + 1.0, hue), chroma / whole, value}, 1);
}

/// Whether all channels are normalised by the same two numbers.
bool alike(std::int64_t channels, const Normalization& normalization) {
  for (std::int64_t c = 1; c < channels; ++c) {
    if (normalization.mean[c] != normalization.mean[0] ||
        normalization.deviation[c] != normalization.deviation[0]) {
      return false;
    }
  }
  return true;
}

}  // namespace

at::Tensor converted(ColorSpace space, const at::Tensor& rgb) {
  at::Tensor values = stored(rgb);
  const auto xyz = [&] { return affine(xyz_of_linear, linear_light(values)); };
  switch (space) {
    case ColorSpace::rgb:
      return values;
    case ColorSpace::lab:
      return lab(xyz());
    case ColorSpace::luv:
      return luv(xyz());
    case ColorSpace::xyz:
      return xyz();
    case ColorSpace::ycbcr:
      return affine(ycbcr_of_rgb, values);
    case ColorSpace::ydbdr:
      return affine(ydbdr_of_rgb, values);
    case ColorSpace::yuv:
      return affine(yuv_of_rgb, values);
    case ColorSpace::ypbpr:
      return affine(ypbpr_of_rgb, values);
    case ColorSpace::hsv:
      return hsv(values);
  }
  return {};
}

at::Tensor normalized(const at::Tensor& pictures, std::int64_t channels,
                      const Normalization& normalization) {
  const at::Tensor values = stored(pictures);
  const auto of_channel = [&](const at::Tensor& x, std::int64_t c) {
    return (x - static_cast<double>(normalization.mean[c])) /
           static_cast<double>(normalization.deviation[c]);
  };
  if (alike(channels, normalization)) return of_channel(values, 0);
  std::vector<at::Tensor> parts;
  for (std::int64_t c = 0; c < channels; ++c) parts.push_back(of_channel(channel(values, c), c));
  return at::cat(parts, 1);
}

at::Tensor cropped(const at::Tensor& pictures, const cv::Rect& region) {
  return pictures.slice(2, region.y, region.y + region.height)
      .slice(3, region.x, region.x + region.width);
}

std::string normalization_formula(const std::string& value, double mean, double deviation) {
  return fmt::format("({} {} {:.6g}) / {:.6g}", value, mean < 0 ? "+" : "−", std::abs(mean),
                     deviation);
}

std::string normalization_formula(std::int64_t channels, const Normalization& normalization) {
  const char* const names[] = {"R", "G", "B"};
  std::string text;
  const bool one = alike(channels, normalization);
  for (std::int64_t c = 0; c < (one ? 1 : channels); ++c) {
    const std::string name = one ? "x" : names[c];
    text += (c > 0 ? ", " : "") + normalization_formula(name + " / 255", normalization.mean[c],
                                                        normalization.deviation[c]);
  }
  return text;
}

at::Tensor normalized_channel(const at::Tensor& converted, int c,
                              const Normalization& normalization) {
  return (converted.slice(1, c, c + 1) - static_cast<double>(normalization.mean[c])) /
         static_cast<double>(normalization.deviation[c]);
}

std::string channels_formula(ColorSpace space, std::span<const int> channels,
                             const Normalization& normalization) {
  const ColorSpaceDescription& known = describe(space);
  std::string text = fmt::format("the picture in the colour space {}", known.name);
  for (const int c : channels)
    text += ", " + normalization_formula(std::string(known.channels[c]), normalization.mean[c],
                                         normalization.deviation[c]);
  return text;
}

}  // namespace cmc::views
