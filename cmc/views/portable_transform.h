#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cmc/views/visible_transform.h"

namespace cmc::views {

/// The raw values of N samples as one tensor: what an encoder that is handed on takes.
struct RawInput {
  std::string name;  ///< "pictures", "distances", "sounds", "rows", "arrays", "bands", "tokens"
  at::ScalarType type = at::kFloat;  ///< or kByte, kDouble, kLong
  std::vector<std::int64_t> shape;   ///< without the batch: [C, H, W] of pictures
  std::string description;           ///< one line for the person who feeds it
  std::int64_t below = 256;          ///< kByte, kLong: values are from 0 to one less
};

/// A transform whose views, as evaluation makes them, are also written in tensor operations, for
/// the graph of an exported encoder, and in words, for a person who feeds one without that graph.
class PortableTransform : public VisibleTransform {
 public:
  /// What of_batch takes for a view.
  virtual RawInput raw_input(std::size_t view) const = 0;

  /// View v of a batch by tensor operations alone. raw: [N, …] of raw_input(v). Returns float32 [N,
  /// C, H, W] of the view's shape.
  virtual at::Tensor of_batch(std::size_t view, const at::Tensor& raw) const = 0;

  /// The same in words: "columns 0 to 13 of the picture, (x / 255 − 0.286) / 0.353".
  virtual std::string formula(std::size_t view) const = 0;
};

}  // namespace cmc::views
