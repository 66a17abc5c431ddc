#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/sample.h"
#include "cmc/random.h"

namespace cmc::data {

/// The name and shape of one view's rows.
struct ViewShape {
  std::string name;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::int64_t numel() const { return channels * height * width; }
};

/// What turns a raw sample into its views. Safe to call from several threads.
class Transform {
 public:
  virtual ~Transform() = default;

  virtual const std::vector<ViewShape>& views() const = 0;

  /// Writes view v of `sample` to rows[v]: height × width × channels floats, channels last. Random
  /// choices are drawn from `key` alone.
  virtual void apply(const Sample& sample, const RandomKey& key,
                     std::span<float* const> rows) const = 0;
};

}  // namespace cmc::data
