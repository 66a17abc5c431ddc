#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/random.h"

namespace cmc::data {

/// The name and shape of one view's rows. What is no picture has one too: F numbers are F channels
/// of 1 × 1, a waveform of T samples 1 channel of 1 × T, a spectrogram 1 channel of bands × frames.
struct ViewShape {
  std::string name;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  /// The source that the view is made from: a view is missing where its source's value is.
  std::size_t source = 0;
  /// Above 0: the values are whole numbers below it that stand for something, such as n-grams of a
  /// text, and 0 where there is none. 0: the values are quantities.
  std::int64_t symbols = 0;
  /// Whether the last channel is 1 where the view holds something and 0 where it is padded, with
  /// zeros in its other channels.
  bool masked = false;

  std::int64_t numel() const { return channels * height * width; }
  bool same_size(const ViewShape& other) const {
    return channels == other.channels && height == other.height && width == other.width &&
           symbols == other.symbols && masked == other.masked;
  }
};

/// What turns a raw sample into its views. Safe to call from several threads.
class Transform {
 public:
  virtual ~Transform() = default;

  virtual const std::vector<ViewShape>& views() const = 0;

  /// Which columns apply() looks at under the same key, of a value of source `source` that has
  /// `length`: so much is read (read_for). All unless a transform says otherwise.
  virtual Stretch stretch(std::size_t /*source*/, std::int64_t length,
                          const RandomKey& /*key*/) const {
    return {0, length};
  }

  /// Which part of a picture of `size` pixels, of source `source`, apply() looks at under the same
  /// key: so much is read (read_for). All unless a transform says otherwise.
  virtual Cutout cutout(std::size_t /*source*/, cv::Size size, const RandomKey& /*key*/) const {
    return {.window = {{0, 0}, size}};
  }

  /// Writes view v of `sample` to rows[v]: height × width × channels floats, channels last. The row
  /// of a view whose source is missing is left as it is. Random choices are drawn from `key` alone,
  /// and are the same whether a value is whole or an excerpt that holds stretch()
  /// or cutout(); so are the views, but of a picture that is read more coarsely.
  virtual void apply(const Sample& sample, const RandomKey& key,
                     std::span<float* const> rows) const = 0;
};

/// The names of a transform's views, in their order.
std::vector<std::string> view_names(const Transform& transform);

/// Sample `index` with as much of each value as `transform` looks at under `key`. Throws what
/// Dataset::get throws, for the same samples.
Sample read_for(const Transform& transform, const Dataset& dataset, std::int64_t index,
                const RandomKey& key);

}  // namespace cmc::data
