#include "cmc/draft/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cmc::draft {
namespace {

/// Letters beyond ASCII are letters.
bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) != 0 || byte >= 0x80;
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

}  // namespace

std::vector<std::string> words(std::string_view name) {
  std::vector<std::string> found;
  char before = ' ';
  for (const char c : name) {
    if (is_letter(c) || is_digit(c)) {
      const bool goes_on =
          (is_letter(before) && is_letter(c) && (is_upper(before) || !is_upper(c))) ||
          (is_digit(before) && is_digit(c));
      if (!goes_on) found.emplace_back();
      found.back() += lower(c);
    }
    before = c;
  }
  return found;
}

bool says(std::string_view name, std::span<const std::string_view> wanted) {
  return std::ranges::any_of(words(name), [&](const std::string& word) {
    return std::ranges::find(wanted, word) != wanted.end();
  });
}

std::string view_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain)
      name += lower(c);
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "view" : name;
}

std::string toml_text(std::string_view text) {
  std::string inside;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      inside += std::string{'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      inside += fmt::format("\\u{:04X}", static_cast<int>(c));
    else
      inside += c;
  }
  return '"' + inside + '"';
}

}  // namespace cmc::draft
