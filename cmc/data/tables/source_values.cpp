#include "cmc/data/tables/source_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/tables/array_rows.h"
#include "cmc/data/tables/path_template.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// The whole number from 0 on that a cell holds; "17.0" too, as pandas writes a column with gaps.
std::optional<std::int64_t> row_number(std::string_view cell) {
  std::int64_t number = 0;
  const char* const begin = cell.data();
  const char* const end = begin + cell.size();
  auto [last, error] = std::from_chars(begin, end, number);
  if (last + 1 < end && *last == '.')
    last = std::find_if(last + 1, end, [](char c) { return c != '0'; });
  return error == std::errc() && last == end && number >= 0 ? std::optional(number) : std::nullopt;
}

std::string asker(const SourceOptions& options) {
  return fmt::format("view \"{}\"", options.name);
}

/// Where a source's file is by the cells of a row.
PathTemplate path_of(const Rows& rows, const SourceOptions& options) {
  const bool rows_of_files = descriptor(options.kind).files_hold_rows && !options.file.empty();
  const bool in_cells = descriptor(options.kind).parse != nullptr;
  check(
      options.column.empty() != options.file.empty() || rows_of_files,
      "{}: kind = \"{}\" needs either column, which holds {}, or file, the path {}with columns in "
      "braces",
      asker(options), name(options.kind), in_cells ? "it" : "a file's path",
      in_cells ? "of its file " : "itself ");
  return options.file.empty() ? PathTemplate::of_column(rows, options.column, asker(options))
                              : PathTemplate::parse(rows, options.file, asker(options));
}

class ColumnValues : public SourceValues {
 public:
  ColumnValues(std::shared_ptr<const Table> table, TableJoin join)
      : table_(std::move(table)), join_(std::move(join)) {}

  bool needs_record() const override { return false; }
  bool lacks(std::int64_t index, const Record&) const override { return row(index).empty(); }
  Excerpt read(std::int64_t index, const Record&, const ChoosePart&) const override {
    return whole(row(index));
  }
  std::string hint() const override { return join_.hint(); }

 private:
  cv::Mat row(std::int64_t index) const {
    const std::optional<std::int64_t> row = join_.row(index);
    return row ? table_->read(*row) : cv::Mat();
  }

  std::shared_ptr<const Table> table_;
  TableJoin join_;
};

/// A file a value.
class FileValues : public SourceValues {
 public:
  FileValues(std::shared_ptr<const Rows> rows, const SourceOptions& options, Missing missing)
      : rows_(std::move(rows)),
        missing_(std::move(missing)),
        path_(path_of(*rows_, options)),
        read_(descriptor(options.kind).reader(options)) {}

  bool needs_record() const override { return true; }
  bool lacks(std::int64_t, const Record& record) const override { return path(record).empty(); }
  Excerpt read(std::int64_t, const Record& record, const ChoosePart& choose) const override {
    const std::string file = path(record);
    return file.empty() ? Excerpt{} : read_(rows_->folder() / file, choose);
  }
  std::string path(const Record& record) const override { return path_.fill(record, missing_); }

 private:
  std::shared_ptr<const Rows> rows_;
  Missing missing_;
  PathTemplate path_;
  ReadFile read_;
};

/// What the cells of a column hold themselves.
class CellValues : public SourceValues {
 public:
  CellValues(const Rows& rows, const SourceOptions& options, Missing missing)
      : missing_(std::move(missing)),
        column_(find_column(rows, options.column, asker(options))),
        parse_(descriptor(options.kind).parse) {
    check(rows.not_utf8().empty(),
          "{}: {} is not UTF-8, and the texts of a view must be: save the file in UTF-8, such as "
          "by iconv -f WINDOWS-1252 -t UTF-8",
          asker(options), rows.not_utf8());
  }

  bool needs_record() const override { return true; }
  bool lacks(std::int64_t, const Record& record) const override {
    return missing_.text(cell(record));
  }
  Excerpt read(std::int64_t index, const Record& record, const ChoosePart&) const override {
    return lacks(index, record) ? Excerpt{} : whole(parse_(cell(record)));
  }

 private:
  std::string_view cell(const Record& record) const { return trimmed(record.cells[column_]); }

  Missing missing_;
  std::size_t column_;
  cv::Mat (*parse_)(std::string_view cell);
};

/// Rows of arrays: of one for all samples, or of one for some of them.
class ArrayRowValues : public SourceValues {
 public:
  ArrayRowValues(std::shared_ptr<const Rows> rows, const SourceOptions& options, Missing missing)
      : rows_(std::move(rows)),
        missing_(std::move(missing)),
        asker_(asker(options)),
        path_(path_of(*rows_, options)),
        arrays_(options.entry) {
    if (!options.column.empty()) column_ = find_column(*rows_, options.column, asker_);
    if (path_.is_fixed()) count_ = count_of(options);
  }

  bool needs_record() const override { return true; }
  bool lacks(std::int64_t, const Record& record) const override {
    return path(record).empty() || (column_ && missing_.number(trimmed(record.cells[*column_])));
  }
  Excerpt read(std::int64_t index, const Record& record, const ChoosePart&) const override {
    if (lacks(index, record)) return {};
    const std::filesystem::path file = rows_->folder() / path(record);
    return whole(arrays_.read(file, row_of(index, record, file, arrays_.count(file))));
  }
  std::string path(const Record& record) const override { return path_.fill(record, missing_); }
  void check_row(std::int64_t index, const Record& record) const override {
    if (count_) row_of(index, record, rows_->folder() / path(record), *count_);
  }

 private:
  /// How many rows the one file for all samples has: as many as those where no column says which.
  std::int64_t count_of(const SourceOptions& options) const {
    const std::filesystem::path file = rows_->folder() / options.file;
    std::int64_t count = 0;
    try {
      count = arrays_.count(file);
    } catch (const UnreadableError& error) {
      fail("{}: {}", asker_, error.what());
    }
    check(column_ || count == rows_->size(),
          "{}: {} holds {} rows, and {} has {}: a row's number says which is its own, so that they "
          "must be as many; or column names the column that says it",
          asker_, file.string(), count, rows_->name(), rows_->size());
    return count;
  }

  /// Which row of the array in `file`, of `count` rows, a sample is.
  std::int64_t row_of(std::int64_t index, const Record& record, const std::filesystem::path& file,
                      std::int64_t count) const {
    const std::string cell(column_ ? trimmed(record.cells[*column_]) : "");
    const std::optional<std::int64_t> row = column_ ? row_number(cell) : index;
    if (!row || *row >= count)
      fail("{}: {}: \"{}\" is not a row of {}; its rows are 0 to {}", rows_->where(index), asker_,
           column_ ? cell : fmt::format("{}", index), file.string(), count - 1);
    return *row;
  }

  std::shared_ptr<const Rows> rows_;
  Missing missing_;
  std::string asker_;  // "view "name""
  PathTemplate path_;
  ArrayRows arrays_;
  std::optional<std::size_t> column_;  // of the row's number; else it is the sample's
  std::optional<std::int64_t> count_;  // rows of the one file for all samples
};

}  // namespace

std::unique_ptr<const SourceValues> column_values(std::shared_ptr<const Table> table,
                                                  TableJoin join) {
  return std::make_unique<ColumnValues>(std::move(table), std::move(join));
}

std::unique_ptr<const SourceValues> file_values(std::shared_ptr<const Rows> rows,
                                                const SourceOptions& options,
                                                const Missing& missing) {
  if (descriptor(options.kind).parse != nullptr && options.file.empty() && !options.column.empty())
    return std::make_unique<CellValues>(*rows, options, missing);
  const bool one_for_many = !options.column.empty() || options.file.find('{') == std::string::npos;
  if (descriptor(options.kind).files_hold_rows && !options.file.empty() && one_for_many)
    return std::make_unique<ArrayRowValues>(std::move(rows), options, missing);
  return std::make_unique<FileValues>(std::move(rows), options, missing);
}

}  // namespace cmc::data
