#pragma once

#include <cstdint>
#include <string>

namespace cmc::data {

/// A sample that was left out.
struct UnreadableSample {
  std::int64_t index = 0;
  /// Dataset::name of the sample.
  std::string name;
  /// The message of its UnreadableError.
  std::string reason;
};

}  // namespace cmc::data
