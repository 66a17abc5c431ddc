#include "cmc/data/decode/csv_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <opencv2/core.hpp>
#include <optional>
#include <string_view>

#include "cmc/data/missing.h"
#include "cmc/data/number.h"
#include "cmc/error.h"
#include "cmc/files/text_file.h"

namespace cmc::data {
namespace {

template <class... Args>
[[noreturn]] void unreadable(fmt::format_string<Args...> format, Args&&... args) {
  throw UnreadableError(fmt::format(format, std::forward<Args>(args)...));
}

/// The line that begins at byte `at`, which moves behind its end.
std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t begin = at, end = std::min(text.find_first_of("\r\n", at), text.size());
  at = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
  at = std::min(at, text.size());
  return text.substr(begin, end - begin);
}

/// The cells of a line, without quotes and the blanks around them.
void split(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  for (std::size_t at = 0;;) {
    std::size_t end = line.find(separator, at);
    if (at < line.size() && line[at] == '"') {
      const std::size_t close = std::min(line.find('"', at + 1), line.size());
      end = line.find(separator, close);
    }
    std::string_view cell = trimmed(line.substr(at, end - at));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
      cell = trimmed(cell.substr(1, cell.size() - 2));
    cells.push_back(cell);
    if (end == std::string_view::npos) return;
    at = end + 1;
  }
}

char separator_of(std::string_view header) {
  std::vector<std::string_view> cells;
  char best = ',';
  std::size_t most = 0;
  for (const char separator : {',', ';', '\t', '|'}) {
    split(header, separator, cells);
    if (cells.size() <= most) continue;
    most = cells.size();
    best = separator;
  }
  return best;
}

std::string read_all(const std::filesystem::path& path) {
  try {
    const files::TextFile file(path);
    std::string text(file.end() - file.begin(), '\0');
    if (!text.empty()) file.read_all(file.begin(), text.data(), text.size());
    return text;
  } catch (const Error& error) {
    throw UnreadableError(error.what());  // The other files may well be there.
  }
}

}  // namespace

CsvSeries::CsvSeries(const std::filesystem::path& path)
    : path_(path.string()), text_(read_all(path)) {
  std::string_view header;
  while (rows_ < text_.size() && trimmed(header).empty()) {
    header = next_line(text_, rows_);
    if (trimmed(header).empty()) ++line_;
  }
  if (trimmed(header).empty())
    unreadable("{}: empty; a header line that names the channels was expected", path_);
  separator_ = separator_of(header);
  std::vector<std::string_view> cells;
  split(header, separator_, cells);
  const auto is_number = [](std::string_view cell) { return number(cell).has_value(); };
  if (std::ranges::all_of(cells, is_number))
    unreadable(
        "{}, line {}: a header line that names the channels was expected; this one holds numbers "
        "alone",
        path_, line_);
  channels_.assign(cells.begin(), cells.end());
}

cv::Mat CsvSeries::read(const std::vector<std::size_t>& places) const {
  const Missing missing;
  std::vector<std::vector<double>> columns(places.size());
  std::vector<std::string_view> cells;
  std::int64_t at_line = line_;
  for (std::size_t at = rows_; at < text_.size();) {
    const std::string_view line = next_line(text_, at);
    ++at_line;
    if (trimmed(line).empty() && (channels_.size() == 1 || separator_ != '\t' || line.empty()))
      continue;
    split(line, separator_, cells);
    if (cells.size() != channels_.size())
      unreadable("{}, line {}: {} cells; the header names {} channels", path_, at_line,
                 cells.size(), channels_.size());
    for (std::size_t c = 0; c < places.size(); ++c) {
      const std::string_view cell = cells[places[c]];
      double& value = columns[c].emplace_back(std::numeric_limits<double>::quiet_NaN());
      if (missing.number(cell)) continue;
      std::optional<double> read = number(cell);
      if (!read && separator_ == ';') read = number(cell, ',');
      if (!read)
        unreadable("{}, line {}: channel \"{}\": \"{}\" where a number is due", path_, at_line,
                   channels_[places[c]], cell.substr(0, 40));
      if (!std::isfinite(static_cast<float>(*read)))
        unreadable("{}, line {}: channel \"{}\": {} is not a finite float32", path_, at_line,
                   channels_[places[c]], cell.substr(0, 40));
      value = *read;
    }
  }
  const std::size_t steps = columns.empty() ? 0 : columns.front().size();
  if (steps == 0) unreadable("{}: a header and no time step; two or more were expected", path_);
  cv::Mat values(static_cast<int>(places.size()), static_cast<int>(steps), CV_64FC1);
  for (std::size_t c = 0; c < columns.size(); ++c)
    std::ranges::copy(columns[c], values.ptr<double>(static_cast<int>(c)));
  return values;
}

}  // namespace cmc::data
