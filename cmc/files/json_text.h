#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cmc/error.h"

namespace cmc::files {

/// Arrays and objects inside one another that JSON may have: what copies or prints it calls itself
/// for each, and the stack ends somewhere.
inline constexpr int most_nesting = 100;

/// Throws Error, with `where` and the byte, where `text` is nested deeper than most_nesting.
void check_nesting(std::string_view text, const std::string& where);

/// A JSON text. `where` names it in errors: its file, and its line where it has one. Throws Error,
/// with the byte, where it is not JSON or is nested deeper than most_nesting.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// The JSON object of a file. Throws Error where it can't be read or is none.
nlohmann::json read_json(const std::filesystem::path& path);

/// The object that a line of JSON holds; null where it holds none, as the line that a killed
/// process left unfinished.
nlohmann::json object_of_line(std::string_view line);

/// `value` as text, on one line unless `indent` is given. Names of files and of classes may be no
/// UTF-8: what is none is replaced by U+FFFD.
std::string json_text(const nlohmann::json& value, int indent = -1);

/// Calls `read`, which takes values out of JSON. Where it meets one that is missing or of another
/// type, throws Error that begins with `where`.
template <class Read>
decltype(auto) reading_json(const std::string& where, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const nlohmann::json::exception& error) {
    fail("{}: malformed: {}", where, error.what());
  }
}

}  // namespace cmc::files
