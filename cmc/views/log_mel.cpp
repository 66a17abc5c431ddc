#include "cmc/views/log_mel.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"

namespace cmc::views {
namespace {

std::int64_t window_of(const LogMelOptions& options) {
  return std::llround(options.window * static_cast<double>(options.rate));
}

std::int64_t hop_of(const LogMelOptions& options) {
  return std::max<std::int64_t>(1, std::llround(options.hop * static_cast<double>(options.rate)));
}

double to_mel(double hertz) {
  return 2595 * std::log10(1 + hertz / 700);
}

double to_hertz(double mel) {
  return 700 * (std::pow(10, mel / 2595) - 1);
}

double high_of(const LogMelOptions& options) {
  return options.high > 0 ? options.high : static_cast<double>(options.rate) / 2;
}

}  // namespace

void check_log_mel(const LogMelOptions& options) {
  check(options.rate > 0, "rate = {}: it must be positive", options.rate);
  check(options.bands >= 1, "bands = {}: it must be at least 1", options.bands);
  check(window_of(options) >= 4, "window = {}: it must span at least 4 of {} samples a second",
        options.window, options.rate);
  check(options.hop > 0, "hop = {}: it must be positive", options.hop);
  check(options.low >= 0 && options.low < high_of(options) &&
            high_of(options) <= static_cast<double>(options.rate) / 2,
        "low = {} and high = {} Hz: they must be apart and at most half the rate of {}",
        options.low, high_of(options), options.rate);
}

std::int64_t frames_of(const LogMelOptions& options, std::int64_t samples) {
  return 1 + std::max<std::int64_t>(0, samples - window_of(options)) / hop_of(options);
}

at::Tensor mel_weights(const LogMelOptions& options) {
  check_log_mel(options);
  const std::int64_t window = window_of(options), bins = window / 2 + 1;
  const double low = to_mel(options.low), high = to_mel(high_of(options));
  const auto center = [&](std::int64_t band) {
    return to_hertz(low + (high - low) * static_cast<double>(band) /
                              static_cast<double>(options.bands + 1));
  };
  const double step = static_cast<double>(options.rate) / static_cast<double>(window);
  at::Tensor weights = at::zeros({options.bands, bins});
  auto w = weights.accessor<float, 2>();
  for (std::int64_t b = 0; b < options.bands; ++b) {
    const double left = center(b), middle = center(b + 1), right = center(b + 2);
    double total = 0;
    for (std::int64_t f = 0; f < bins; ++f) {
      const double hertz = step * static_cast<double>(f);
      const double weight = std::max(
          0.0, std::min((hertz - left) / (middle - left), (right - hertz) / (right - middle)));
      w[b][f] = static_cast<float>(weight);
      total += weight;
    }
    if (total == 0) w[b][std::clamp<std::int64_t>(std::llround(middle / step), 0, bins - 1)] = 1;
  }
  return weights;
}

at::Tensor log_mel(const at::Tensor& sound, const at::Tensor& weights,
                   const LogMelOptions& options) {
  const at::NoGradGuard no_grad;
  const std::int64_t window = window_of(options);
  at::Tensor x = sound;
  if (x.size(0) < window) x = at::constant_pad_nd(x, {0, window - x.size(0)});
  const at::Tensor hann = at::hann_window(window);
  const at::Tensor frames = x.unfold(0, window, hop_of(options)) * hann;
  const at::Tensor power = at::fft_rfft(frames).abs().square() / hann.square().sum();
  return (weights.matmul(power.t()) + 1e-6).log();
}

}  // namespace cmc::views
