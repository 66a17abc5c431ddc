#include "cmc/views/sources/log_mel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <cmath>
#include <numbers>

namespace cmc::views {
namespace {

TEST(LogMel, IsTheFourierTransformUnderTriangles) {
  const LogMelOptions options{.rate = 1000, .bands = 5, .window = 0.064, .hop = 0.02, .low = 50};
  std::vector<float> sound(200);
  for (std::size_t t = 0; t < sound.size(); ++t)
    sound[t] = static_cast<float>(std::sin(0.9 * t) + 0.3 * std::cos(0.2 * t * t / 50));
  const at::Tensor weights = mel_weights(options);
  const at::Tensor found = log_mel(at::from_blob(sound.data(), {200}), weights, options);
  ASSERT_EQ(found.size(0), 5);
  ASSERT_EQ(found.size(1), frames_of(options, 200));
  ASSERT_EQ(found.size(1), 1 + (200 - 64) / 20);
  // The slow way, for one frame and band.
  const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
  const auto hertz = [](double m) { return 700 * (std::pow(10, m / 2595) - 1); };
  const double step = (mel(500) - mel(50)) / 6;
  for (const int band : {0, 3}) {
    const double left = hertz(mel(50) + band * step), middle = hertz(mel(50) + (band + 1) * step),
                 right = hertz(mel(50) + (band + 2) * step);
    const int frame = 4;
    double energy = 0, window = 0;
    for (int f = 0; f <= 32; ++f) {
      const double at = f * 1000.0 / 64;
      const double weight =
          std::max(0.0, std::min((at - left) / (middle - left), (right - at) / (right - middle)));
      double re = 0, im = 0;
      for (int t = 0; t < 64; ++t) {
        const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * t / 64);
        const double x = hann * sound[static_cast<std::size_t>(frame * 20 + t)];
        re += x * std::cos(2 * std::numbers::pi * f * t / 64);
        im += x * std::sin(2 * std::numbers::pi * f * t / 64);
        if (f == 0) window += hann * hann;
      }
      energy += weight * (re * re + im * im);
    }
    EXPECT_NEAR(found[band][frame].item<double>(), std::log(1e-6 + energy / window), 1e-4);
  }
}

}  // namespace
}  // namespace cmc::views
