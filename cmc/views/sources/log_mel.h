#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::views {

/// What a spectrogram is made with.
struct LogMelOptions {
  /// Samples a second.
  std::int64_t rate = 16000;
  /// Bands, at even distances on the mel scale, 2595 log₁₀(1 + f / 700) (O'Shaughnessy, 1987).
  std::int64_t bands = 64;
  /// Seconds of the Hann window, and from one to the next.
  double window = 0.025;
  double hop = 0.010;
  /// Hertz; high 0: half the rate.
  double low = 20;
  double high = 0;
};

/// Throws Error that names the option, its value and its range.
void check_log_mel(const LogMelOptions& options);

/// Frames that a sound of T samples gives: 1 + ⌊(T − window) / hop⌋, at least 1.
std::int64_t frames_of(const LogMelOptions& options, std::int64_t samples);

/// Weights of the bands, float32 [bands, window / 2 + 1]: triangles with peak 1 from one band's
/// centre to its neighbours' on the frequencies of the Fourier transform. A triangle too narrow to
/// meet one takes the nearest.
at::Tensor mel_weights(const LogMelOptions& options);

/// log(10⁻⁶ + Σ_f w_bf |X_tf|² / Σ h²) of a sound, float32 [T] → [bands, frames], where X is the
/// Fourier transform under the Hann window h. A sound that is shorter than the window is padded
/// with zeros. `weights` are those of mel_weights.
at::Tensor log_mel(const at::Tensor& sound, const at::Tensor& weights,
                   const LogMelOptions& options);

/// What a batch of sounds of one length is convolved with to become spectrograms.
struct LogMelKernels {
  /// [2 F, 1, 1, min(T, window)]: the cosines of the Fourier transform at its F = window / 2 + 1
  /// frequencies, then its sines, under the Hann window.
  at::Tensor fourier;
  at::Tensor weights;  ///< [bands, F, 1, 1]: mel_weights / Σ h²
  std::int64_t hop = 1;
};

/// Of sounds of T samples.
LogMelKernels log_mel_kernels(const LogMelOptions& options, std::int64_t samples);

/// log_mel of float32 [N, T] → [N, 1, bands, frames] by convolutions, which every reader of an
/// exported graph knows, where it may not know a Fourier transform.
at::Tensor log_mel(const at::Tensor& sounds, const LogMelKernels& kernels);

}  // namespace cmc::views
