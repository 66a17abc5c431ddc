#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/number.h"

namespace cmc::data {

/// The cells of one row, one a column. To be used again for the next row.
struct Record {
  std::vector<std::string_view> cells;
  /// The memory that the cells lie in.
  std::string text;
};

/// How a table was written, where its own look doesn't tell.
struct RowsOptions {
  /// CSV: the sign between cells, or "tab" (csv_separator.h); empty: found.
  std::string separator = {};
  /// CSV: the decimal mark of its numbers, '.' or ','; nothing: found (decimal.h).
  std::optional<char> decimal = {};
};

/// Rows of text cells under named columns, by number: a CSV file, JSON lines, or file names. Rows
/// are read when asked for; what stays in memory is where each begins. Every member is safe to call
/// from several threads.
class Rows {
 public:
  virtual ~Rows() = default;

  /// The file, or the pattern of file names.
  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// Where relative paths in the cells are taken from.
  const std::filesystem::path& folder() const { return folder_; }
  /// The decimal mark of its numbers; nothing where they must tell it themselves (decimal.h).
  std::optional<char> decimal() const { return decimal_; }
  /// What a person should know of how the file was read.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Where the first byte stands that is not UTF-8, such as "walks.csv, line 17, byte 530", of a
  /// file that is read as another encoding; empty where all are.
  const std::string& not_utf8() const { return not_utf8_; }

  virtual std::int64_t size() const = 0;

  /// Reads row `index`, 0 ≤ index < size().
  virtual void read(std::int64_t index, Record& record) const = 0;

  /// Calls visit(index, record) for every row in order, in one pass over the file.
  virtual void each(const std::function<void(std::int64_t, const Record&)>& visit) const = 0;

  /// What an error calls a row, such as "walks.csv, line 17".
  virtual std::string where(std::int64_t index) const = 0;

 protected:
  std::string name_;
  std::vector<std::string> columns_;
  std::filesystem::path folder_;
  std::optional<char> decimal_ = '.';
  std::vector<std::string> notes_;
  std::string not_utf8_;
};

/// Opens rows by the look of their name: with a field in braces, file names (file_names.h); ending
/// in .jsonl, .ndjson or .json, JSON objects (json_lines.h); in .npy or .npz, arrays
/// (array_manifest.h); else CSV (csv.h); a further ending .gz aside. Throws Error where there is no
/// such file.
std::shared_ptr<const Rows> open_rows(const std::string& name, const RowsOptions& options = {});

/// The ending of a file's name in small letters, a further ending .gz aside: ".csv" of
/// "walks.CSV.gz".
std::string ending_of(const std::filesystem::path& path);

/// The place of a column among those of `rows`, by its name or by its place, "#1" for the first.
/// `what` says what asks for it. Throws Error that names the nearest column, and where several have
/// the name.
std::size_t find_column(const Rows& rows, std::string_view column, const std::string& what);

/// Whether find_column finds it. An empty name is no column.
bool has_column(const Rows& rows, std::string_view column);

/// The places of several columns, each named as above or as a range "first..last", which stands for
/// all columns from the one to the other.
std::vector<std::size_t> find_columns(const Rows& rows, const std::vector<std::string>& columns,
                                      const std::string& what);
}  // namespace cmc::data
