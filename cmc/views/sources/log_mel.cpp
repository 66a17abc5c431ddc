#include "cmc/views/sources/log_mel.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cmc/error.h"

namespace cmc::views {
namespace {

/// Keeps silence from −∞.
constexpr double floor_of_power = 1e-6;

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
  return (weights.matmul(power.t()) + floor_of_power).log();
}

LogMelKernels log_mel_kernels(const LogMelOptions& options, std::int64_t samples) {
  const at::Tensor weights = mel_weights(options);
  const std::int64_t window = window_of(options), bins = weights.size(1);
  const at::Tensor hann = at::hann_window(window, at::kDouble);
  const at::Tensor turns = at::arange(bins, at::kDouble).unsqueeze(1) *
                           at::arange(window, at::kDouble) / static_cast<double>(window);
  // Of n · f / window the fraction alone counts: large angles would cost digits.
  const at::Tensor angles = turns.sub(turns.floor()).mul(2 * std::numbers::pi);
  // Zeros behind a sound that is shorter than the window add nothing to its sums.
  const at::Tensor fourier = at::cat({angles.cos(), angles.sin()}, 0)
                                 .mul(hann)
                                 .slice(1, 0, std::min(window, samples))
                                 .to(at::kFloat);
  return {.fourier = fourier.contiguous().reshape({2 * bins, 1, 1, fourier.size(1)}),
          .weights = (weights.to(at::kDouble) / hann.square().sum())
                         .to(at::kFloat)
                         .reshape({weights.size(0), bins, 1, 1}),
          .hop = hop_of(options)};
}

at::Tensor log_mel(const at::Tensor& sounds, const LogMelKernels& kernels) {
  const at::Tensor x = sounds.unsqueeze(1).unsqueeze(1);
  const at::Tensor parts = at::conv2d(x, kernels.fourier, {}, {1, kernels.hop});
  const std::int64_t bins = kernels.weights.size(1);
  const at::Tensor real = parts.slice(1, 0, bins), imaginary = parts.slice(1, bins, 2 * bins);
  const at::Tensor power = real * real + imaginary * imaginary;  // [N, F, 1, frames]
  return at::conv2d(power, kernels.weights).add(floor_of_power).log().transpose(1, 2);
}

}  // namespace cmc::views
