#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/sample.h"

namespace cmc::data {

/// What is known of a data set's pictures before one is read; 0 where it differs from picture to
/// picture.
struct ImageShape {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// Samples by index. Every member is safe to call from several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;

  /// Reads sample `index`, 0 ≤ index < size(). Throws UnreadableError where this one sample can't
  /// be read and others can; Error where the data set itself is damaged.
  virtual Sample get(std::int64_t index) const = 0;

  /// The label of a sample without reading its picture; no_label where it has none.
  virtual std::int64_t label(std::int64_t index) const = 0;

  /// Names of the classes, by label; empty where there are no labels.
  virtual const std::vector<std::string>& classes() const = 0;

  virtual ImageShape shape() const = 0;

  /// What a person would call sample `index`: its file, or its place in one.
  virtual std::string name(std::int64_t index) const = 0;
};

}  // namespace cmc::data
