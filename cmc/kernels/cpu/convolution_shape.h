#pragma once

#include <cstdint>

namespace cmc::kernels {

/// A convolution along rows or along columns: output i sees the inputs stride · i + t − padding,
/// for the taps t = 0 … kernel − 1; what lies outside is 0.
struct ConvolutionAxis {
  std::int64_t in = 0, kernel = 0, stride = 1, padding = 0;

  std::int64_t out() const { return (in + 2 * padding - kernel) / stride + 1; }
  /// The inputs are dealt into `stride` series, input j to series j mod stride; in series phase(t)
  /// tap t of output i is value i + shift(t).
  std::int64_t phase(std::int64_t tap) const;
  std::int64_t shift(std::int64_t tap) const;
  /// The inputs of one series.
  std::int64_t in_of_phase(std::int64_t phase) const { return (in - phase + stride - 1) / stride; }
  /// How far apart two series that follow one another must begin, so that with zeros between them a
  /// shift from any output's place finds its value or a zero.
  std::int64_t pitch() const;
  /// The farthest that a tap is shifted, forwards or backwards.
  std::int64_t reach() const;
};

/// A convolution of pictures in channels-last memory, y[n, r, c, o] = Σ w[o, t, u, i] ·
/// x[n, s r + t − p, s c + u − p, i].
///
/// It is made a sum of matrix products, one for each tap, by where values stand: the pixels of the
/// input are dealt into stride × stride grids, whose rows follow one another with zeros between
/// them, and so do the pictures. Output (n, r, c) has position (n · row pitch + r) · column pitch +
/// c; its tap is at position + offset(tap) of grid(tap).
struct ConvolutionShape {
  std::int64_t in_channels = 0, out_channels = 0;
  ConvolutionAxis rows, columns;

  std::int64_t taps() const { return rows.kernel * columns.kernel; }
  std::int64_t grids() const { return rows.stride * columns.stride; }
  std::int64_t grid(std::int64_t tap) const {
    return rows.phase(tap / columns.kernel) * columns.stride + columns.phase(tap % columns.kernel);
  }
  std::int64_t offset(std::int64_t tap) const {
    return rows.shift(tap / columns.kernel) * columns.pitch() + columns.shift(tap % columns.kernel);
  }
  /// Positions of one picture.
  std::int64_t positions() const { return rows.pitch() * columns.pitch(); }
  /// Zeros that must stand before the first position and behind the last.
  std::int64_t margin() const { return rows.reach() * columns.pitch() + columns.reach(); }

  /// The same as a convolution of a single tap, whose input has all that an output sees as its
  /// channels, [taps, in channels]; of the same weights.
  ConvolutionShape of_windows() const {
    return {taps() * in_channels, out_channels, {rows.out(), 1, 1, 0}, {columns.out(), 1, 1, 0}};
  }

  std::int64_t in_size() const { return rows.in * columns.in * in_channels; }  ///< a picture's
  std::int64_t out_size() const { return rows.out() * columns.out() * out_channels; }  ///< likewise
};

}  // namespace cmc::kernels
