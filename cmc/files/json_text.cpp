#include "cmc/files/json_text.h"

#include <cstdint>
#include <vector>

#include "cmc/files/file_bytes.h"

namespace cmc::files {
namespace {

/// The byte at which the text is nested too deep; its size where it never is.
std::size_t too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > most_nesting) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return text.size();
}

}  // namespace

void check_nesting(std::string_view text, const std::string& where) {
  const std::size_t byte = too_deep(text);
  check(byte == text.size(), "{}: byte {}: JSON that is nested deeper than {} levels", where, byte,
        most_nesting);
}

nlohmann::json parse_json(std::string_view text, const std::string& where) {
  check_nesting(text, where);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    fail("{}: byte {}: not JSON", where, error.byte);
  } catch (const nlohmann::json::out_of_range&) {  // 1e999 is JSON, and no double
    fail("{}: a number is beyond the range of a double, 1.8e308", where);
  }
}

nlohmann::json read_json(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes;
  read_file(path, bytes);
  nlohmann::json value =
      parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  check(value.is_object(), "{}: JSON, but not an object", path.string());
  return value;
}

nlohmann::json object_of_line(std::string_view line) {
  if (too_deep(line) < line.size()) return nullptr;
  nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  return value.is_object() ? value : nlohmann::json();
}

std::string json_text(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cmc::files
