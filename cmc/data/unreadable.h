#pragma once

#include <cstdint>
#include <string>

#include "cmc/error.h"

namespace cmc::data {

/// One sample can't be read, and others of its data set can: a truncated picture in a folder. The
/// message names the file, the byte, and what was expected there. Loaders leave such a sample out
/// and count it.
class UnreadableError : public Error {
 public:
  using Error::Error;
};

/// A sample that was left out.
struct UnreadableSample {
  std::int64_t index = 0;
  /// Dataset::name of the sample.
  std::string name;
  /// The message of its UnreadableError.
  std::string reason;
};

}  // namespace cmc::data
