#include "cmc/kernels/cpu/amx_convolution.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cmc/kernels/cpu/aligned_memory.h"
#include "cmc/kernels/cpu/amx.h"
#include "cmc/kernels/cpu/amx_layout.h"
#include "cmc/kernels/cpu/amx_products.h"

#define CMC_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace cmc::kernels {
namespace {

constexpr std::int64_t block = amx_block;
/// Values of inputs and outputs that are worked on at once, so that with their copies in other
/// orders they stay in the second-level cache.
constexpr std::int64_t chunk_values = 1 << 17;
/// Positions whose channels, 32 of both factors, stay in the first-level cache for all taps.
constexpr std::int64_t panel = 256;
/// With fewer channels most of a tile of one tap's would be empty, and all taps are in one.
constexpr std::int64_t few_channels = 16;

std::int64_t in_blocks(std::int64_t n) {
  return (n + block - 1) / block * block;
}

/// What each output of a row sees of a row of inputs: a stretch of it, without what is outside.
class RowWindows {
 public:
  explicit RowWindows(const ConvolutionShape& seen)
      : step_(seen.columns.stride * seen.in_channels),
        start_(-seen.columns.padding * seen.in_channels),
        length_(seen.columns.kernel * seen.in_channels) {
    const std::int64_t end = seen.columns.in * seen.in_channels, outputs = seen.columns.out();
    for (std::int64_t c = 0, start = start_; c < outputs; ++c, start += step_)
      for (std::int64_t i = 0; i < length_; i += block)
        inside_.push_back(below(std::min(length_, end - start) - i) & ~below(-start - i));
  }

  /// One below the other in `to`, `width` apart.
  CMC_AVX512 void copy(const std::uint16_t* row, std::uint16_t* to, std::int64_t width) const {
    const std::uint16_t* from = row + start_;
    auto inside = inside_.begin();
    for (; inside != inside_.end(); from += step_, to += width)
      for (std::int64_t i = 0; i < length_; i += block, ++inside)
        _mm512_mask_storeu_epi16(to + i, *inside, _mm512_maskz_loadu_epi16(*inside, from + i));
  }

 private:
  static std::uint32_t below(std::int64_t place) {
    return static_cast<std::uint32_t>((1ull << std::clamp<std::int64_t>(place, 0, block)) - 1);
  }

  std::int64_t step_, start_, length_;
  std::vector<std::uint32_t> inside_;  ///< by output and block
};

/// The pictures that are worked on at once.
std::int64_t chunk_of(const ConvolutionShape& shape, std::int64_t n) {
  const std::int64_t values = shape.positions() * (shape.grids() * in_blocks(shape.in_channels) +
                                                   in_blocks(shape.out_channels));
  return std::clamp<std::int64_t>(chunk_values / values, 1, n);
}

/// Some pictures' values by position, [grids, margin + positions + margin, channels], with zeros
/// between them; channels in whole blocks.
class Positions {
 public:
  Positions(const ConvolutionShape& convolution, std::int64_t pictures, std::int64_t grids,
            std::int64_t channels)
      : convolution_(convolution),
        row_pitch_(convolution.rows.pitch()),
        column_pitch_(convolution.columns.pitch()),
        margin_(convolution.margin()),
        width_(in_blocks(channels)),
        count_(in_blocks(pictures * convolution.positions())),
        stride_(count_ + 2 * margin_),
        values_(grids * stride_ * width_) {}

  std::int64_t width() const { return width_; }
  std::int64_t count() const { return count_; }  ///< in whole blocks

  /// Where a position's channels begin; up to a margin before the first and behind the last.
  std::uint16_t* at(std::int64_t grid, std::int64_t position) const {
    return values_.data() + (grid * stride_ + margin_ + position) * width_;
  }

  /// Takes n pictures [rows, columns, channels] of what the convolution sees.
  void take_inputs(const std::uint16_t* x, std::int64_t n) const {
    const ConvolutionAxis &rows = convolution_.rows, &columns = convolution_.columns;
    for (std::int64_t picture = 0; picture < n; ++picture)
      for (std::int64_t row = 0; row < rows.in; ++row)
        for (std::int64_t phase = 0; phase < columns.stride; ++phase)
          copy(x + ((picture * rows.in + row) * columns.in + phase) * convolution_.in_channels,
               convolution_.in_channels, columns.stride, columns.in_of_phase(phase),
               at(row % rows.stride * columns.stride + phase, place(picture, row / rows.stride)));
  }

  /// Takes what the outputs of `seen`, whose of_windows() these are, see of n pictures.
  void take_windows(const ConvolutionShape& seen, const std::uint16_t* x, std::int64_t n) const {
    const std::int64_t rows = seen.rows.out();
    const RowWindows windows(seen);
    for (std::int64_t picture = 0; picture < n; ++picture)
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t tap = 0; tap < seen.rows.kernel; ++tap) {
          const std::int64_t from = row * seen.rows.stride + tap - seen.rows.padding;
          if (from >= 0 && from < seen.rows.in)
            windows.copy(x + (picture * seen.rows.in + from) * seen.columns.in * seen.in_channels,
                         at(0, place(picture, row)) + tap * seen.columns.kernel * seen.in_channels,
                         width_);
        }
  }

  /// Takes n pictures [rows, columns, channels] of what it gives.
  void take_outputs(const std::uint16_t* y, std::int64_t n) const {
    const std::int64_t rows = convolution_.rows.out(), columns = convolution_.columns.out();
    for (std::int64_t picture = 0; picture < n; ++picture)
      for (std::int64_t row = 0; row < rows; ++row)
        copy(y + (picture * rows + row) * columns * convolution_.out_channels,
             convolution_.out_channels, 1, columns, at(0, place(picture, row)));
  }

  /// Takes back what pictures after the first n have left, of a single grid.
  void clear_from(std::int64_t n) const {
    const std::int64_t first = place(n, 0);
    std::memset(at(0, first), 0,
                static_cast<std::size_t>((count_ - first) * width_) * sizeof(std::uint16_t));
  }

 private:
  std::int64_t place(std::int64_t picture, std::int64_t row) const {
    return (picture * row_pitch_ + row) * column_pitch_;
  }

  /// `n` pixels, each `step` further.
  void copy(const std::uint16_t* from, std::int64_t channels, std::int64_t step, std::int64_t n,
            std::uint16_t* to) const {
    if (step == 1 && channels == width_) {
      std::memcpy(to, from, static_cast<std::size_t>(n * channels) * sizeof *to);
      return;
    }
    for (std::int64_t i = 0; i < n; ++i)
      std::memcpy(to + i * width_, from + i * step * channels,
                  static_cast<std::size_t>(channels) * sizeof *to);
  }

  ConvolutionShape convolution_;
  std::int64_t row_pitch_, column_pitch_, margin_, width_, count_, stride_;
  AlignedZeros<std::uint16_t> values_;
};

/// What a convolution sees of some pictures.
class Inputs {
 public:
  Inputs(const ConvolutionShape& convolution, std::int64_t pictures)
      : seen_(convolution),
        shape_(windows() ? convolution.of_windows() : convolution),
        positions_(shape_, pictures, shape_.grids(), shape_.in_channels) {}

  /// The convolution of what positions() holds.
  const ConvolutionShape& shape() const { return shape_; }
  const Positions& positions() const { return positions_; }

  void take(const std::uint16_t* x, std::int64_t n) const {
    if (windows())
      positions_.take_windows(seen_, x, n);
    else
      positions_.take_inputs(x, n);
  }

 private:
  bool windows() const { return seen_.in_channels < few_channels && seen_.taps() > 1; }

  ConvolutionShape seen_, shape_;
  Positions positions_;
};

/// Weights [out, taps, in] rounded to bfloat16, with channels in whole blocks.
class RoundedWeights {
 public:
  RoundedWeights(const ConvolutionShape& convolution, const float* weights)
      : taps_(convolution.taps()),
        in_(in_blocks(convolution.in_channels)),
        out_(in_blocks(convolution.out_channels)),
        values_(out_ * taps_ * in_) {
    const std::int64_t in = convolution.in_channels;
    for (std::int64_t o = 0; o < convolution.out_channels; ++o)
      round_rows(weights + o * taps_ * in, in, taps_, in, values_.data() + o * taps_ * in_, in_);
  }

  /// The right factors [in, out] of inputs, by tap.
  AlignedMemory<std::uint16_t> by_inputs() const {
    AlignedMemory<std::uint16_t> pairs(taps_ * in_ * out_);
    for (std::int64_t tap = 0; tap < taps_; ++tap)
      pair_columns(values_.data() + tap * in_, taps_ * in_, in_, out_,
                   pairs.data() + tap * in_ * out_);
    return pairs;
  }

  /// The right factors [out, in] of outputs, by tap.
  AlignedMemory<std::uint16_t> by_outputs() const {
    AlignedMemory<std::uint16_t> pairs(taps_ * in_ * out_);
    for (std::int64_t tap = 0; tap < taps_; ++tap)
      pair_rows(values_.data() + tap * in_, taps_ * in_, out_, in_,
                pairs.data() + tap * in_ * out_);
    return pairs;
  }

 private:
  std::int64_t taps_, in_, out_;
  AlignedZeros<std::uint16_t> values_;
};

/// Where positions stand in the memory of some pictures, as places of their first channel; -1:
/// nowhere.
using Places = std::vector<std::int64_t>;

/// Those of every `step`th row and column from some on, of pictures [rows, columns, channels].
struct Pixels {
  std::int64_t rows, columns, channels;
  std::int64_t row = 0, row_step = 1, column = 0, column_step = 1;

  Places places(const ConvolutionShape& shape, std::int64_t pictures, std::int64_t count) const {
    const std::int64_t row_pitch = shape.rows.pitch(), column_pitch = shape.columns.pitch();
    Places places(static_cast<std::size_t>(count), -1);
    for (std::int64_t n = 0; n < pictures; ++n)
      for (std::int64_t r = row; r < rows; r += row_step)
        for (std::int64_t c = column; c < columns; c += column_step)
          places[(n * row_pitch + r / row_step) * column_pitch + c / column_step] =
              ((n * rows + r) * columns + c) * channels;
    return places;
  }
};

Places input_places(const ConvolutionShape& shape, std::int64_t pictures, std::int64_t count,
                    std::int64_t grid) {
  const ConvolutionAxis &rows = shape.rows, &columns = shape.columns;
  return Pixels{rows.in,           columns.in,
                shape.in_channels, grid / columns.stride,
                rows.stride,       grid % columns.stride,
                columns.stride}
      .places(shape, pictures, count);
}

Places output_places(const ConvolutionShape& shape, std::int64_t pictures, std::int64_t count) {
  return Pixels{shape.rows.out(), shape.columns.out(), shape.out_channels}.places(shape, pictures,
                                                                                  count);
}

/// Rounds the first `n` of a block's rows, each to its place, up to `columns` of them.
CMC_AVX512 void place_block(const float* rows, std::int64_t n, const std::int64_t* places,
                            std::int64_t columns, std::uint16_t* to) {
  const auto mask = static_cast<__mmask32>(columns < block ? (1u << columns) - 1 : ~0u);
  for (std::int64_t r = 0; r < n; ++r) {
    if (places[r] < 0) continue;
    const __m512 low = _mm512_load_ps(rows + r * block),
                 high = _mm512_load_ps(rows + r * block + block / 2);
    _mm512_mask_storeu_epi16(to + places[r], mask,
                             reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
  }
}

/// A tap: the grid and the offset of its positions, and its weights.
struct Tap {
  std::int64_t grid, offset;
  const std::uint16_t* weights;
};

/// Σ over the taps of positions · weights, for each of `count` positions that has a place, to that
/// place; `channels` are the result's.
void multiply(const Positions& positions, const std::vector<Tap>& taps, std::int64_t count,
              std::int64_t channels, const Places& places, std::uint16_t* to) {
  std::vector<AmxFactors> factors(taps.size());
  const AmxShape shape{positions.width(), positions.width()};
  alignas(64) float sums[block * block];
  for (std::int64_t c = 0; c < channels; c += block)
    for (std::int64_t p = 0; p < count; p += block) {
      for (std::size_t i = 0; i < taps.size(); ++i)
        factors[i] = {positions.at(taps[i].grid, p + taps[i].offset),
                      taps[i].weights + c * shape.k};
      amx_block_sum(factors, shape, false, sums, block);
      place_block(sums, std::min(block, count - p), &places[p], std::min(block, channels - c),
                  to + c);
    }
}

}  // namespace

void amx_convolve(const ConvolutionShape& convolution, std::int64_t n, const std::uint16_t* x,
                  const float* weights, std::uint16_t* y) {
  const AmxTiles tiles;
  const std::int64_t chunk = chunk_of(convolution, n);
  const Inputs inputs(convolution, chunk);
  const ConvolutionShape& shape = inputs.shape();
  const AlignedMemory<std::uint16_t> factors = RoundedWeights(shape, weights).by_inputs();
  std::vector<Tap> taps;
  const std::int64_t width = inputs.positions().width() * in_blocks(shape.out_channels);
  for (std::int64_t tap = 0; tap < shape.taps(); ++tap)
    taps.push_back({shape.grid(tap), shape.offset(tap), factors.data() + tap * width});
  const Places places = output_places(shape, chunk, inputs.positions().count());
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t pictures = std::min(chunk, n - first);
    inputs.take(x + first * convolution.in_size(), pictures);
    multiply(inputs.positions(), taps, pictures * shape.positions(), shape.out_channels, places,
             y + first * convolution.out_size());
  }
}

void amx_input_gradient(const ConvolutionShape& convolution, std::int64_t n,
                        const std::uint16_t* y_gradient, const float* weights,
                        std::uint16_t* x_gradient) {
  const AmxTiles tiles;
  const std::int64_t chunk = chunk_of(convolution, n);
  const Positions gradients(convolution, chunk, 1, convolution.out_channels);
  const AlignedMemory<std::uint16_t> factors = RoundedWeights(convolution, weights).by_outputs();
  const std::int64_t width = gradients.width() * in_blocks(convolution.in_channels);
  std::vector<std::vector<Tap>> taps(convolution.grids());
  for (std::int64_t tap = 0; tap < convolution.taps(); ++tap)
    taps[convolution.grid(tap)].push_back(
        {0, -convolution.offset(tap), factors.data() + tap * width});
  std::vector<Places> places;
  for (std::int64_t grid = 0; grid < convolution.grids(); ++grid)
    places.push_back(input_places(convolution, chunk, gradients.count(), grid));
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t pictures = std::min(chunk, n - first);
    gradients.take_outputs(y_gradient + first * convolution.out_size(), pictures);
    gradients.clear_from(pictures);
    for (std::int64_t grid = 0; grid < convolution.grids(); ++grid)
      multiply(gradients, taps[grid], pictures * convolution.positions(), convolution.in_channels,
               places[grid], x_gradient + first * convolution.in_size());
  }
}

void amx_weight_gradient(const ConvolutionShape& convolution, std::int64_t n,
                         const std::uint16_t* x, const std::uint16_t* y_gradient,
                         float* weight_gradient) {
  const AmxTiles tiles;
  // Of many channels the sums alone fill the cache: they come and go once for two panels at least.
  const std::int64_t chunk =
      std::min(n, std::max(chunk_of(convolution, n), 2 * panel / convolution.positions()));
  const Inputs inputs(convolution, chunk);
  const ConvolutionShape& shape = inputs.shape();
  const Positions gradients(shape, chunk, 1, shape.out_channels);
  const std::int64_t margin = shape.margin(), grids = shape.grids(), taps = shape.taps(),
                     in = inputs.positions().width(), out = gradients.width();
  // Inputs by channel, in rows that don't all meet in the same lines of the cache.
  std::int64_t stride = in_blocks(gradients.count() + 2 * margin);
  if (stride / block % 2 == 0) stride += block;
  const AlignedZeros<std::uint16_t> channels(grids * in * stride);
  const AlignedMemory<std::uint16_t> pairs(gradients.count() * out);
  const AlignedZeros<float> sums(taps * in * out);
  std::vector<const std::uint16_t*> seen;  // by tap
  for (std::int64_t tap = 0; tap < taps; ++tap)
    seen.push_back(channels.data() + shape.grid(tap) * in * stride + margin + shape.offset(tap));
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t pictures = std::min(chunk, n - first);
    const std::int64_t count = in_blocks(pictures * shape.positions());
    inputs.take(x + first * convolution.in_size(), pictures);
    gradients.take_outputs(y_gradient + first * convolution.out_size(), pictures);
    gradients.clear_from(pictures);
    pair_rows(gradients.at(0, 0), out, count, out, pairs.data());
    for (std::int64_t grid = 0; grid < grids; ++grid)
      transpose_rows(inputs.positions().at(grid, 0), count, in,
                     channels.data() + grid * in * stride + margin, stride);
    for (std::int64_t i = 0; i < in; i += block)
      for (std::int64_t o = 0; o < out; o += block)
        for (std::int64_t p = 0; p < count; p += panel)
          for (std::int64_t tap = 0; tap < taps; ++tap) {
            const AmxFactors own{seen[tap] + i * stride + p, pairs.data() + o * count + p * block};
            amx_block_sum({&own, 1}, {std::min(panel, count - p), stride}, true,
                          sums.data() + (tap * in + i) * out + o, out);
          }
  }
  for (std::int64_t tap = 0; tap < taps; ++tap)
    transpose_words(sums.data() + tap * in * out, out, shape.in_channels, shape.out_channels,
                    weight_gradient + tap * shape.in_channels, taps * shape.in_channels);
}

}  // namespace cmc::kernels

#else

namespace cmc::kernels {

void amx_convolve(const ConvolutionShape&, std::int64_t, const std::uint16_t*, const float*,
                  std::uint16_t*) {}
void amx_input_gradient(const ConvolutionShape&, std::int64_t, const std::uint16_t*, const float*,
                        std::uint16_t*) {}
void amx_weight_gradient(const ConvolutionShape&, std::int64_t, const std::uint16_t*,
                         const std::uint16_t*, float*) {}

}  // namespace cmc::kernels

#endif
