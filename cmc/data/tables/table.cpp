#include "cmc/data/tables/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "cmc/data/number.h"
#include "cmc/data/tables/decimal.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr std::size_t most_kept = std::size_t{1} << 26;
constexpr std::size_t most_categories = 1000;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
/// From here on float64 holds not every whole number.
constexpr double exact_below = 9007199254740992;  // 2⁵³

/// Whether a cell's whole number is another as float64.
bool is_rounded(std::string_view cell, double value) {
  if (!(std::abs(value) >= exact_below)) return false;  // NaN neither
  const std::size_t sign = cell.starts_with('-') || cell.starts_with('+') ? 1 : 0;
  std::uint64_t whole = 0;
  const char* const end = cell.data() + cell.size();
  const auto [last, error] = std::from_chars(cell.data() + sign, end, whole);
  if (last != end) return false;
  // 2⁶⁴ itself can't be converted back.
  return error != std::errc() || std::abs(value) >= 0x1p64 ||
         static_cast<std::uint64_t>(std::abs(value)) != whole;
}

}  // namespace

Table::Table(std::shared_ptr<const Rows> rows, const SourceOptions& options,
             const std::function<bool(std::int64_t)>& in_training, Missing missing, char decimal)
    : rows_(std::move(rows)),
      name_(fmt::format("view \"{}\"", options.name)),
      missing_(std::move(missing)),
      decimal_(decimal) {
  numeric_ = find_columns(*rows_, options.columns, name_);
  categorical_ = find_columns(*rows_, options.categorical, name_);
  check(!numeric_.empty() || !categorical_.empty(),
        "{}: kind = \"table\" needs columns (numbers) or categorical (texts)", name_);
  for (const std::size_t place : numeric_) columns_.push_back({rows_->columns()[place], {}});
  std::vector<std::set<std::string>> seen(categorical_.size());
  if (options.categories.empty() && !categorical_.empty()) {
    rows_->each([&](std::int64_t index, const Record& record) {
      if (!in_training(index)) return;
      for (std::size_t c = 0; c < categorical_.size(); ++c) {
        const std::string_view cell = trimmed(record.cells[categorical_[c]]);
        if (missing_.text(cell)) continue;
        seen[c].emplace(cell);
        if (seen[c].size() > most_categories)
          fail("{}: the categorical column \"{}\" of {} holds more than {} texts; is it a number?",
               name_, rows_->columns()[categorical_[c]], rows_->name(), most_categories);
      }
    });
  }
  check(options.categories.empty() || options.categories.size() == categorical_.size(),
        "{}: categories of {} columns are given for {} categorical columns", name_,
        options.categories.size(), categorical_.size());
  for (std::size_t c = 0; c < categorical_.size(); ++c) {
    TableColumn& column = columns_.emplace_back();
    column.name = rows_->columns()[categorical_[c]];
    column.categories = options.categories.empty()
                            ? std::vector<std::string>(seen[c].begin(), seen[c].end())
                            : options.categories[c];
    check(!column.categories.empty(), "{}: the categorical column \"{}\" of {} holds no text",
          name_, column.name, rows_->name());
  }

  rounded_.resize(numeric_.size());
  const std::size_t width = columns_.size();
  const bool keeps = width * static_cast<std::size_t>(rows_->size()) <= most_kept;
  if (keeps) kept_.resize(width * static_cast<std::size_t>(rows_->size()));
  std::vector<double> passing(width);
  rows_->each([&](std::int64_t index, const Record& record) {
    const auto values =
        keeps ? std::span(kept_).subspan(static_cast<std::size_t>(index) * width, width)
              : std::span(passing);
    fill(index, record, values);
    for (std::size_t c = 0; c < numeric_.size(); ++c) {
      const std::string_view cell = trimmed(record.cells[numeric_[c]]);
      if (std::isnan(values[c])) count_mark(marks_, cell);
      rounded_[c] += is_rounded(cell, values[c]);
    }
    for (std::size_t c = 0; c < categorical_.size(); ++c)
      if (std::isnan(values[numeric_.size() + c]))
        count_mark(marks_, trimmed(record.cells[categorical_[c]]));
  });
}

std::vector<std::string> Table::notes() const {
  std::vector<std::string> notes;
  if (const std::string marks = marks_note(marks_, name_); !marks.empty()) notes.push_back(marks);
  for (std::size_t c = 0; c < numeric_.size(); ++c)
    if (rounded_[c] > 0)
      notes.push_back(
          fmt::format("column \"{}\" of {}: {} whole numbers beyond 2⁵³ are rounded to float64; "
                      "subtract an origin from them, or name it under categorical",
                      columns_[c].name, name_, rounded_[c]));
  return notes;
}

void Table::fill(std::int64_t index, const Record& record, std::span<double> values) const {
  for (std::size_t c = 0; c < numeric_.size(); ++c) {
    const std::string_view cell = trimmed(record.cells[numeric_[c]]);
    values[c] = no_number;
    if (missing_.number(cell)) continue;
    const std::optional<double> value = number(cell, decimal_);
    if (!value)
      fail("{}: column \"{}\" of {}: {}", rows_->where(index), columns_[c].name, name_,
           number_expected(cell, decimal_));
    values[c] = *value;
    if (!std::isfinite(static_cast<float>(values[c])))
      fail("{}: column \"{}\" of {}: {} is not a finite float32", rows_->where(index),
           columns_[c].name, name_, cell.substr(0, 40));
  }
  for (std::size_t c = 0; c < categorical_.size(); ++c) {
    const std::vector<std::string>& known = columns_[numeric_.size() + c].categories;
    const std::string_view cell = trimmed(record.cells[categorical_[c]]);
    const auto found = std::lower_bound(known.begin(), known.end(), cell);
    values[numeric_.size() + c] = missing_.text(cell) ? no_number
                                  : found != known.end() && *found == cell
                                      ? static_cast<double>(found - known.begin())
                                      : unseen_category;
  }
}

cv::Mat Table::read(std::int64_t index) const {
  const std::size_t width = columns_.size();
  cv::Mat row(1, static_cast<int>(width), CV_64FC1);
  const std::span<double> values(row.ptr<double>(), width);
  if (kept_.empty()) {
    thread_local Record record;
    rows_->read(index, record);
    fill(index, record, values);
  } else {
    std::copy_n(kept_.begin() + index * static_cast<std::int64_t>(width), width, values.begin());
  }
  const bool any = std::ranges::any_of(values, [](double x) { return !std::isnan(x); });
  return any ? row : cv::Mat();
}

}  // namespace cmc::data
