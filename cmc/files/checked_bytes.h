#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cmc/error.h"

namespace cmc::files {

/// The bytes of a file that a parser walks through. Every access is checked, so that no number in
/// the file leads outside it: one that would throws UnreadableError, "NAME: byte SIZE: the WHAT
/// ends early, …".
class CheckedBytes {
 public:
  /// `what` stands for the file in messages: "BMP". Both are kept by reference.
  CheckedBytes(std::span<const std::uint8_t> bytes, const std::string& name, const char* what)
      : bytes_(bytes), name_(name), what_(what) {}

  std::size_t size() const { return bytes_.size(); }

  /// `length` bytes from `at` on.
  std::span<const std::uint8_t> slice(std::size_t at, std::size_t length) const {
    if (!covers(at, length)) {
      throw UnreadableError(fmt::format("{}: byte {}: the {} ends early; {} bytes were expected",
                                        name_, size(), what_, end(at, length)));
    }
    return bytes_.subspan(at, length);
  }

  std::uint8_t operator[](std::size_t at) const { return slice(at, 1)[0]; }

  /// Whether `text` stands at `at`; false where the bytes end before.
  bool has(std::size_t at, std::string_view text) const {
    if (!covers(at, text.size())) return false;
    const auto found = bytes_.subspan(at, text.size());
    return std::equal(text.begin(), text.end(), found.begin(),
                      [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
  }

  /// A number of `length` ≤ 8 bytes.
  std::uint64_t little_endian(std::size_t at, std::size_t length) const {
    std::uint64_t value = 0;
    const auto found = slice(at, length);
    for (std::size_t i = length; i > 0; --i) value = value << 8 | found[i - 1];
    return value;
  }

  std::uint64_t big_endian(std::size_t at, std::size_t length) const {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : slice(at, length)) value = value << 8 | byte;
    return value;
  }

  template <class... Args>
  [[noreturn]] void refuse(std::size_t at, fmt::format_string<Args...> format,
                           Args&&... args) const {
    throw UnreadableError(fmt::format("{}: byte {}: {}", name_, at,
                                      fmt::format(format, std::forward<Args>(args)...)));
  }

 private:
  bool covers(std::size_t at, std::size_t length) const {
    return at <= size() && size() - at >= length;
  }

  /// Where an access would end, without wrapping around.
  static std::size_t end(std::size_t at, std::size_t length) {
    return at + std::min(length, SIZE_MAX - at);
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
  const char* what_;
};

}  // namespace cmc::files
