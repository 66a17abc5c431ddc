#include "cmc/data/tables/json_records.h"

#include <algorithm>
#include <array>

namespace cmc::data {
namespace {

constexpr std::string_view json_blanks = " \t\r\n";

/// Behind the closing quote of the string that opens at byte `at`; the text's length where there is
/// none.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

}  // namespace

std::size_t json_value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth <= 1) return depth == 1 ? at + 1 : at;
      --depth;
    }
    if (depth == 0 && (c == ',' || json_blanks.find(c) != json_blanks.npos)) return at;
    ++at;
  }
  return text.size();
}

std::optional<RecordGrammar::Place> JsonLinesGrammar::first(std::string_view text, bool whole) {
  const std::size_t begin = std::min(text.find_first_not_of(json_blanks), text.size());
  const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
  if (end == text.size() && !whole) return std::nullopt;
  return Place{begin, end, end};
}

std::optional<RecordGrammar::Place> JsonArrayGrammar::first(std::string_view text, bool whole) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n,"), text.size());
  const std::size_t end =
      begin < text.size() && text[begin] == ']' ? begin : json_value_end(text, begin);
  if (end == text.size()) {
    if (whole) throw Damage(begin, "the array is never closed; the file is truncated");
    return std::nullopt;
  }
  if (begin < end) return Place{begin, end, end};
  if (text[begin] != ']') throw Damage(begin, "a closing bracket where an object was expected");
  if (!whole) return std::nullopt;
  const std::size_t behind = text.find_first_not_of(json_blanks, begin + 1);
  if (behind != text.npos) throw Damage(behind, "text after the array's end");
  return Place{end, end, end};
}

std::string quote_json_constants(std::string_view text) {
  constexpr std::array<std::string_view, 3> constants = {"NaN", "-Infinity", "Infinity"};
  std::string quoted;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    bool constant = false;
    if (text[at] == '"') {
      length = string_end(text, at) - at;
    } else {
      for (const std::string_view each : constants) {
        if (!text.substr(at).starts_with(each)) continue;
        length = each.size();
        constant = true;
        break;
      }
    }
    if (constant) quoted += '"';
    quoted += text.substr(at, length);
    if (constant) quoted += '"';
    at += length;
  }
  return quoted;
}

}  // namespace cmc::data
