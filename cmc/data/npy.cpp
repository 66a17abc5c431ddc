#include "cmc/data/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/file_bytes.h"
#include "cmc/data/unreadable.h"

namespace cmc::data {
namespace {

template <class... Args>
[[noreturn]] void unreadable(fmt::format_string<Args...> format, Args&&... args) {
  throw UnreadableError(fmt::format(format, std::forward<Args>(args)...));
}

struct Header {
  std::string type;
  bool fortran_order = false;
  std::string shape_text;  // "(2, 3)"
  std::vector<int> shape;
  std::size_t data = 0;  // byte at which the numbers begin
};

/// What stands behind 'key': in the dictionary that a header is.
std::string entry(const std::string& text, const std::string& key, const std::string& path) {
  const std::size_t at = text.find("'" + key + "':");
  if (at == std::string::npos) unreadable("{}: byte 10: a header without '{}'", path, key);
  const std::size_t start = text.find_first_not_of(' ', at + key.size() + 3);
  return start == std::string::npos ? "" : text.substr(start);
}

/// The numbers of a shape such as "(2, 3)" or "(5,)".
std::vector<int> parse_shape(const std::string& text, const std::string& path) {
  const std::size_t close = text.find(')');
  const auto refuse = [&](const char* due) {
    const std::size_t line = std::min<std::size_t>(text.find('\n'), 80);
    unreadable("{}: byte 10: the header says 'shape': {}; {} was expected", path,
               text.substr(0, close < line ? close + 1 : line), due);
  };
  if (close == std::string::npos || text[0] != '(' ||
      text.find_first_not_of("0123456789, ", 1) != close)
    refuse("a tuple of whole numbers, such as (2, 3),");
  std::vector<int> shape;
  const char* const end = text.data() + close;
  for (const char* at = text.data() + 1; at < end;) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    const auto [next, error] = std::from_chars(at, end, shape.emplace_back());
    if (error != std::errc()) refuse("a tuple of numbers below 2³¹");
    at = next;
  }
  return shape;
}

Header parse(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  if (bytes.size() < 12 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    unreadable("{}: byte 0: no .npy file: the mark \\x93NUMPY was expected", path);
  const bool first = bytes[6] == 1;
  const std::size_t start = first ? 10 : 12;
  std::size_t length = bytes[8] | bytes[9] << 8;
  if (!first)
    length |= static_cast<std::size_t>(bytes[10]) << 16 | static_cast<std::size_t>(bytes[11]) << 24;
  if (start + length > bytes.size())
    unreadable("{}: byte {}: cut short in its header", path, bytes.size());
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + start, length);
  Header header;
  header.data = start + length;
  const std::string type = entry(text, "descr", path);
  if (type.empty() || type[0] != '\'')
    unreadable("{}: an array of records; one of plain numbers was expected", path);
  header.type = type.substr(1, type.find('\'', 1) - 1);
  header.fortran_order = entry(text, "fortran_order", path).starts_with("True");
  header.shape_text = entry(text, "shape", path);
  header.shape = parse_shape(header.shape_text, path);
  header.shape_text.resize(header.shape_text.find(')') + 1);
  return header;
}

template <class Number>
void convert(const std::uint8_t* bytes, std::size_t count, float* values) {
  for (std::size_t i = 0; i < count; ++i) {
    Number number;
    std::memcpy(&number, bytes + i * sizeof(Number), sizeof(Number));
    values[i] = static_cast<float>(number);
  }
}

using Convert = void (*)(const std::uint8_t*, std::size_t, float*);

struct NumberType {
  const char* code;
  std::size_t size;
  Convert convert;
};

constexpr NumberType number_types[] = {
    {"b1", 1, convert<std::uint8_t>}, {"u1", 1, convert<std::uint8_t>},
    {"i1", 1, convert<std::int8_t>},  {"u2", 2, convert<std::uint16_t>},
    {"i2", 2, convert<std::int16_t>}, {"u4", 4, convert<std::uint32_t>},
    {"i4", 4, convert<std::int32_t>}, {"u8", 8, convert<std::uint64_t>},
    {"i8", 8, convert<std::int64_t>}, {"f4", 4, convert<float>},
    {"f8", 8, convert<double>},
};

/// A place in an array of a shape, as NumPy has it: "[1, 0]".
std::string place_of(std::size_t index, const std::vector<int>& shape) {
  std::vector<std::size_t> place;
  for (auto size = shape.rbegin(); size != shape.rend(); ++size) {
    place.insert(place.begin(), index % static_cast<std::size_t>(*size));
    index /= static_cast<std::size_t>(*size);
  }
  return fmt::format("[{}]", fmt::join(place, ", "));
}

}  // namespace

cv::Mat read_npy(const std::filesystem::path& path) {
  thread_local std::vector<std::uint8_t> bytes;
  const std::string name = path.string();
  try {
    read_file(path, bytes);
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& error) {
    throw UnreadableError(error.what());  // The other files may well be there.
  }
  const Header header = parse(bytes, name);
  if (header.type.ends_with('O') || header.type.find("|O") != std::string::npos)
    unreadable("{}: an array of Python objects; save numbers (its dtype is object)", name);
  const NumberType* type = nullptr;
  for (const NumberType& each : number_types)
    if (header.type.size() == 3 && header.type.substr(1) == each.code) type = &each;
  if (type == nullptr || header.type[0] == '>')
    unreadable(
        "{}: numbers of the type '{}'; bool, integers, float32 or float64, little-endian, were "
        "expected",
        name, header.type);
  if (header.shape.empty() || header.shape.size() > 3)
    unreadable("{}: {} dimensions; 1, 2 or 3 were expected", name, header.shape.size());
  if (header.fortran_order && header.shape.size() > 1)
    unreadable("{}: in Fortran order; save it in C order (numpy.ascontiguousarray)", name);
  if (std::ranges::count(header.shape, 0) > 0) unreadable("{}: holds no number", name);
  const std::size_t room = (bytes.size() - header.data) / type->size;
  std::size_t count = 1;
  for (const int size : header.shape) {
    // By division: the product of a damaged shape may be beyond 64 bits.
    if (static_cast<std::size_t>(size) > room / count)
      unreadable("{}: byte {}: cut short: its shape {} asks for more than the {} numbers there",
                 name, bytes.size(), header.shape_text, room);
    count *= static_cast<std::size_t>(size);
  }
  std::vector<int> shape = header.shape;
  if (shape.size() == 1) shape.insert(shape.begin(), 1);
  cv::Mat array(static_cast<int>(shape.size()), shape.data(), CV_32FC1);
  const std::span<float> values(array.ptr<float>(), count);
  type->convert(bytes.data() + header.data, count, values.data());
  const auto infinite = std::ranges::find_if(values, [](float x) { return std::isinf(x); });
  if (infinite != values.end())
    unreadable("{}: the number at {} is infinite as float32; NaN stands for one that is missing",
               name, place_of(static_cast<std::size_t>(infinite - values.begin()), header.shape));
  return array;
}

}  // namespace cmc::data
