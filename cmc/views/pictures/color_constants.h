#pragma once

namespace cmc::views {

// The numbers of the definitions in color.h, for each way in which they are computed.

/// y = matrix · x + offset.
struct Affine {
  float matrix[3][3];
  float offset[3];
};

inline constexpr Affine xyz_of_linear = {{{0.412453f, 0.357580f, 0.180423f},
                                          {0.212671f, 0.715160f, 0.072169f},
                                          {0.019334f, 0.119193f, 0.950227f}},
                                         {0, 0, 0}};
inline constexpr Affine ycbcr_of_rgb = {
    {{65.481f, 128.553f, 24.966f}, {-37.797f, -74.203f, 112.0f}, {112.0f, -93.786f, -18.214f}},
    {16, 128, 128}};
inline constexpr Affine ydbdr_of_rgb = {
    {{0.299f, 0.587f, 0.114f}, {-0.450f, -0.883f, 1.333f}, {-1.333f, 1.116f, 0.217f}}, {0, 0, 0}};
inline constexpr Affine yuv_of_rgb = {{{0.299f, 0.587f, 0.114f},
                                       {-0.14714119f, -0.28886916f, 0.43601035f},
                                       {0.61497538f, -0.51496512f, -0.10001026f}},
                                      {0, 0, 0}};
inline constexpr Affine ypbpr_of_rgb = {
    {{0.299f, 0.587f, 0.114f}, {-0.168736f, -0.331264f, 0.5f}, {0.5f, -0.418688f, -0.081312f}},
    {0, 0, 0}};

inline constexpr float white[3] = {0.95047f, 1.0f, 1.08883f};
/// (6/29)³ and (29/6)²/3: where f of L*a*b* and L*u*v* turns linear, and its slope there.
inline constexpr float linear_below = 216.0f / 24389.0f;
inline constexpr float linear_slope = 841.0f / 108.0f;

}  // namespace cmc::views
