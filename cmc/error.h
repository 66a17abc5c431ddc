#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cmc {

/// What every function of the library throws on bad input or a failed run. The message is one line:
/// what is wrong, where (file, line or byte, key), and what would be right. The program prints it
/// and exits 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong call: an unknown key, option or subcommand. The program prints it and exits 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// One sample can't be read, and others of its data set can: a truncated picture in a folder. The
/// message names the file, the byte, and what was expected there. Loaders leave such a sample out
/// and count it.
class UnreadableError : public Error {
 public:
  using Error::Error;
};

/// Throws Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Error with a formatted message unless `condition` holds.
template <class... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Of `known`, the name nearest to `name` by edit distance; empty where there is none. What an
/// error about an unknown name offers.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace cmc
