#include "cmc/files/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>
#include <string_view>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npz.h"

namespace cmc::files {
namespace {

constexpr std::size_t most_dimensions = 3;

template <class... Args>
[[noreturn]] void unreadable(fmt::format_string<Args...> format, Args&&... args) {
  throw UnreadableError(fmt::format(format, std::forward<Args>(args)...));
}

/// What stands behind 'key': in the dictionary that a header is.
std::string_view entry(std::string_view text, std::string_view key, const std::string& path) {
  for (const char quote : {'\'', '"'}) {
    const std::size_t at = text.find(fmt::format("{0}{1}{0}", quote, key));
    if (at == std::string_view::npos) continue;
    const std::size_t colon = text.find_first_not_of(' ', at + key.size() + 2);
    if (colon == std::string_view::npos || text[colon] != ':') continue;
    const std::size_t start = text.find_first_not_of(' ', colon + 1);
    return start == std::string_view::npos ? std::string_view() : text.substr(start);
  }
  unreadable("{}: byte 10: a header without '{}'", path, key);
}

/// The text in quotes that a header's value begins with; empty where it is none.
std::string_view quoted(std::string_view value) {
  if (value.empty() || (value[0] != '\'' && value[0] != '"')) return {};
  const std::size_t close = value.find(value[0], 1);
  return close == std::string_view::npos ? std::string_view() : value.substr(1, close - 1);
}

/// The numbers of a shape such as "(2, 3)", "(5,)" or "(5L,)", as NumPy for Python 2 wrote it.
std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& path) {
  const std::size_t close = text.find(')');
  const auto refuse = [&](const char* due) {
    const std::size_t line = std::min<std::size_t>(text.find('\n'), 80);
    unreadable("{}: byte 10: the header says 'shape': {}; {} was expected", path,
               text.substr(0, close < line ? close + 1 : line), due);
  };
  if (close == std::string_view::npos || text[0] != '(' ||
      text.find_first_not_of("0123456789, L", 1) != close)
    refuse("a tuple of whole numbers, such as (2, 3),");
  std::vector<std::int64_t> shape;
  const char* const end = text.data() + close;
  for (const char* at = text.data() + 1; at < end;) {
    if (*at == ' ' || *at == ',' || *at == 'L') {
      ++at;
      continue;
    }
    std::int32_t size = 0;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc()) refuse("a tuple of numbers below 2³¹");
    shape.push_back(size);
    at = next;
  }
  return shape;
}

struct Half {
  std::uint16_t bits;
  explicit operator float() const { return cv::float16_t::fromBits(bits); }
};

template <class Number, class Result>
Result number_at(const std::uint8_t* bytes, bool swapped) {
  std::uint8_t own[sizeof(Number)];
  std::memcpy(own, bytes, sizeof(Number));
  if (swapped) std::reverse(own, own + sizeof(Number));
  Number number;
  std::memcpy(&number, own, sizeof(Number));
  return static_cast<Result>(number);
}

/// Numbers `stride` apart, from `first` on, in a row.
template <class Number, class Result>
void convert(const std::uint8_t* first, std::int64_t stride, std::int64_t count, bool swapped,
             void* to) {
  auto* const values = static_cast<Result*>(to);
  const std::int64_t step = stride * static_cast<std::int64_t>(sizeof(Number));
  for (std::int64_t i = 0; i < count; ++i)
    values[i] = number_at<Number, Result>(first + i * step, swapped);
}

/// A place in an array, as NumPy has it: "[1, 0]".
std::string place_of(std::int64_t index, std::span<const std::int64_t> shape,
                     std::span<const std::int64_t> before) {
  std::vector<std::int64_t> place(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; index /= shape[d]) place[d] = index % shape[d];
  place.insert(place.begin(), before.begin(), before.end());
  return fmt::format("[{}]", fmt::join(place, ", "));
}

/// What to save in the place of numbers that are none here, by the first letter of their type.
const char* remedy(char kind) {
  switch (kind) {
    case 'O':
      return "an array of Python objects, which can run code when it is read and is refused; save "
             "one of numbers: numpy.save(path, numpy.array(x, dtype=numpy.float32))";
    case 'c':
      return "complex numbers; save two channels: numpy.stack([x.real, x.imag])";
    case 'M':
    case 'm':
      return "dates or durations; save numbers: x.astype(numpy.int64)";
    case 'U':
    case 'S':
    case 'a':
      return "texts; they belong in the manifest, as a column of a table's categorical ones";
    default:
      return "bool, integers, float16, float32 or float64 were expected: x.astype(numpy.float64)";
  }
}

}  // namespace

struct NpyArray::NumberType {
  std::string_view code;
  std::size_t size;
  int stored;  ///< as CV_32F or CV_64F
  void (*convert)(const std::uint8_t*, std::int64_t, std::int64_t, bool, void*);

  static const NumberType* find(std::string_view code) {
    static constexpr NumberType types[] = {
        {"b1", 1, CV_32F, files::convert<std::uint8_t, float>},
        {"u1", 1, CV_32F, files::convert<std::uint8_t, float>},
        {"i1", 1, CV_32F, files::convert<std::int8_t, float>},
        {"u2", 2, CV_32F, files::convert<std::uint16_t, float>},
        {"i2", 2, CV_32F, files::convert<std::int16_t, float>},
        {"u4", 4, CV_64F, files::convert<std::uint32_t, double>},
        {"i4", 4, CV_64F, files::convert<std::int32_t, double>},
        {"u8", 8, CV_64F, files::convert<std::uint64_t, double>},
        {"i8", 8, CV_64F, files::convert<std::int64_t, double>},
        {"f2", 2, CV_32F, files::convert<Half, float>},
        {"f4", 4, CV_32F, files::convert<float, float>},
        {"f8", 8, CV_64F, files::convert<double, double>},
    };
    const auto* const found = std::ranges::find(types, code, &NumberType::code);
    return found == std::end(types) ? nullptr : found;
  }
};

NpyArray::NpyArray(std::span<const std::uint8_t> file, const std::string& path) : path_(path) {
  if (file.size() < 12 || std::memcmp(file.data(), "\x93NUMPY", 6) != 0)
    unreadable("{}: byte 0: not a .npy file: the magic string \\x93NUMPY was expected", path);
  const int version = file[6];
  if (version < 1 || version > 3)
    unreadable("{}: byte 6: version {} of the format; 1, 2 or 3 was expected", path, version);
  const std::size_t start = version == 1 ? 10 : 12;
  std::size_t length = file[8] | file[9] << 8;
  if (version > 1)
    length |= static_cast<std::size_t>(file[10]) << 16 | static_cast<std::size_t>(file[11]) << 24;
  if (length > file.size() - start)
    unreadable("{}: byte {}: cut short in its header", path, file.size());
  const std::string_view header(reinterpret_cast<const char*>(file.data()) + start, length);
  numbers_ = file.subspan(start + length);

  const std::string_view type = quoted(entry(header, "descr", path));
  if (type.size() < 2)
    unreadable("{}: an array of records; one of plain numbers was expected: x[\"field\"]", path);
  const bool ordered = type[0] == '<' || type[0] == '>' || type[0] == '|' || type[0] == '=';
  type_ = NumberType::find(type.substr(ordered ? 1 : 0));
  if (type_ == nullptr)
    unreadable("{}: numbers of the type '{}': {}", path, type, remedy(type[ordered ? 1 : 0]));
  swapped_ = type[0] == '>';
  const bool fortran = entry(header, "fortran_order", path).starts_with("True");
  const std::string_view shape_text = entry(header, "shape", path);
  shape_ = parse_shape(shape_text, path);
  if (shape_.empty()) shape_ = {1};

  if (std::ranges::count(shape_, 0) > 0) unreadable("{}: holds no number", path);
  const auto room = static_cast<std::int64_t>(numbers_.size() / type_->size);
  std::int64_t count = 1;
  for (const std::int64_t size : shape_) {
    // By division: the product of a damaged shape may be beyond 64 bits.
    if (size > room / count)
      unreadable("{}: byte {}: cut short: its shape {} asks for more than the {} numbers there",
                 path, file.size(), shape_text.substr(0, shape_text.find(')') + 1), room);
    count *= size;
  }
  strides_.assign(shape_.size(), 1);
  if (fortran)
    for (std::size_t d = 1; d < shape_.size(); ++d) strides_[d] = strides_[d - 1] * shape_[d - 1];
  else
    for (std::size_t d = shape_.size() - 1; d > 0; --d) strides_[d - 1] = strides_[d] * shape_[d];
}

std::string_view NpyArray::type() const {
  return type_->code;
}

cv::Mat NpyArray::read() const {
  return read_from(0, 0);
}

cv::Mat NpyArray::read_row(std::int64_t row) const {
  check(row >= 0 && row < shape_[0], "{}: row {}: it holds the rows 0 to {}", path_, row,
        shape_[0] - 1);
  return read_from(1, row);
}

cv::Mat NpyArray::read_from(std::size_t fixed, std::int64_t first) const {
  // Leading dimensions of size 1 are frames that other tools want around a value.
  std::size_t begin = fixed;
  while (shape_.size() - begin > most_dimensions && shape_[begin] == 1) ++begin;
  const std::span<const std::int64_t> shape = std::span(shape_).subspan(begin);
  if (shape.size() > most_dimensions)
    unreadable("{}: {} dimensions, [{}]; 1, 2 or 3 were expected{}", path_, shape.size(),
               fmt::join(shape, ", "),
               fixed == 0 ? ": where the first one counts samples, the view's key file names it, "
                            "and column the row, if any"
                          : " after that of the rows");
  std::vector<int> sizes(shape.begin(), shape.end());
  while (sizes.size() < 2) sizes.insert(sizes.begin(), 1);
  cv::Mat array(static_cast<int>(sizes.size()), sizes.data(), type_->stored);

  const std::int64_t start = fixed == 0 ? 0 : first * strides_[0];
  const std::int64_t run = shape.empty() ? 1 : shape.back();
  const std::int64_t stride = shape.empty() ? 1 : strides_.back();
  const auto total = static_cast<std::int64_t>(array.total());
  for (std::int64_t done = 0; done < total; done += run) {
    std::int64_t from = start, rest = done / run;
    for (std::size_t d = shape_.size() - 1; d-- > begin; rest /= shape_[d])
      from += rest % shape_[d] * strides_[d];
    type_->convert(numbers_.data() + static_cast<std::size_t>(from) * type_->size, stride, run,
                   swapped_, array.data + static_cast<std::size_t>(done) * array.elemSize1());
  }

  const auto refuse_infinite = [&](const auto* values) {
    for (std::int64_t i = 0; i < total; ++i)
      if (std::isinf(static_cast<float>(values[i])))
        unreadable(
            "{}: the number at {} is infinite as float32; NaN stands for one that is missing",
            path_, place_of(i, std::span(shape_).subspan(fixed), std::span(&first, fixed)));
  };
  if (type_->stored == CV_64F)
    refuse_infinite(array.ptr<double>());
  else
    refuse_infinite(array.ptr<float>());
  return array;
}

cv::Mat read_npy(const std::filesystem::path& path, const std::string& entry) {
  thread_local std::vector<std::uint8_t> bytes;
  try {
    read_file(path, bytes);
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& error) {
    throw UnreadableError(error.what());  // The other files may well be there.
  }
  if (!is_npz(bytes)) return NpyArray(bytes, path.string()).read();
  const ZipEntry array = npz_array(bytes, path.string(), entry);
  try {
    const std::vector<std::uint8_t> record = unpacked(array, path.string());
    return NpyArray(record, fmt::format("{}: {}.npy", path.string(), array.name)).read();
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& error) {
    throw UnreadableError(error.what());
  }
}

std::string npy_header(std::int64_t rows, std::int64_t columns) {
  constexpr std::size_t size = 128, prefix = 10;  // mark, version, length
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(size - prefix);
  text += '\0';
  text +=
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  text.append(size - 1 - text.size(), ' ');
  text += '\n';
  return text;
}

}  // namespace cmc::files
