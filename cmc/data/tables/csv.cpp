#include "cmc/data/tables/csv.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cmc/data/number.h"
#include "cmc/data/tables/csv_cells.h"
#include "cmc/data/tables/csv_separator.h"
#include "cmc/data/tables/record_file.h"
#include "cmc/error.h"
#include "cmc/files/utf8.h"

namespace cmc::data {
namespace {

/// The line of column names ends within it.
constexpr std::uint64_t most_of_head = std::uint64_t{4} << 20;

/// Cuts record.text into cells, and takes quotes away, in place.
void cut(Record& record, char separator) {
  record.cells.clear();
  std::string& text = record.text;
  for (std::size_t at = 0;;) {
    const CsvCell cell = csv_cell(text, at, separator);
    std::size_t end = cell.end;
    if (cell.doubled) {
      end = cell.begin;
      for (std::size_t i = cell.begin; i < cell.end; ++i) {
        text[end++] = text[i];
        if (text[i] == '"') ++i;
      }
    }
    record.cells.emplace_back(text.data() + cell.begin, end - cell.begin);
    if (cell.ends != CsvCell::Ends::separator) return;
    at = cell.next;
  }
}

/// The line "sep=X" at the beginning of a file, by which Excel is told the separator.
std::string_view separator_line(std::string_view head) {
  const bool is_there = (head.starts_with("sep=") || head.starts_with("SEP=")) && head.size() > 5 &&
                        (head[5] == '\n' || head[5] == '\r');
  if (!is_there) return {};
  return head.substr(0, head.substr(5).starts_with("\r\n") ? 7 : 6);
}

class Csv : public Rows {
 public:
  Csv(const std::filesystem::path& path, const RowsOptions& options) : text_(path) {
    name_ = path.string();
    folder_ = path.parent_path();
    std::string head(static_cast<std::size_t>(std::min(text_.end() - text_.begin(), most_of_head)),
                     '\0');
    text_.read_all(text_.begin(), head.data(), head.size());
    const std::string_view told = separator_line(head);
    const std::size_t header = told.size() + csv_header(std::string_view(head).substr(told.size()));
    const std::uint64_t begin = text_.begin() + header;
    const std::string_view table = std::string_view(head).substr(header);
    const bool whole = text_.begin() + head.size() == text_.end();
    check(!table.empty(), "{}: line 1: the file is empty; a line of column names was expected",
          name_);
    if (!options.separator.empty()) {
      separator_ = csv_separator(options.separator);
    } else {
      separator_ = told.empty() ? find_separator(table, whole) : told[4];
    }
    CsvGrammar grammar(separator_, count_columns(table, begin, whole));
    head = std::string();  // the memory of what is looked through next
    file_.emplace(text_, begin, grammar);
    for (const std::string& note : file_->notes()) notes_.push_back(note);
    not_utf8_ = file_->not_utf8();
    if (options.decimal) {
      decimal_ = options.decimal;
    } else if (separator_ != ',' || grammar.quoted()) {
      decimal_ = std::nullopt;  // the numbers tell
    }
    read_header();
  }

  std::int64_t size() const override { return file_->size() - 1; }

  void read(std::int64_t index, Record& record) const override {
    file_->read(index + 1, record.text);
    cut(record, separator_);
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    file_->each(1, [&](std::int64_t number, std::string& text) {
      record.text.swap(text);
      cut(record, separator_);
      visit(number - 1, record);
      record.text.swap(text);
    });
  }

  std::string where(std::int64_t index) const override {
    return fmt::format("{}, line {}", name_, file_->line(index + 1));
  }

 private:
  char find_separator(std::string_view head, bool whole) {
    const CsvSeparator found = find_csv_separator(head, whole);
    check(found.rival == '\0',
          "{}: {} and {} both fit as separators; set data.separator to the right one", name_,
          csv_separator_name(found.separator), csv_separator_name(found.rival));
    const std::string ending = ending_of(name_);
    const bool due = found.separator == (ending == ".tsv" || ending == ".tab" ? '\t' : ',');
    if (!due)
      notes_.push_back(fmt::format("{}: cells are separated by {} (data.separator sets another)",
                                   name_, csv_separator_name(found.separator)));
    return found.separator;
  }

  std::size_t count_columns(std::string_view table, std::uint64_t begin, bool whole) const {
    std::size_t columns = 0;
    for (std::size_t at = 0;;) {
      const CsvCell cell = csv_cell(table, at, separator_);
      const std::int64_t line = text_.line(begin + at);
      if (cell.open) fail("{}, line {}: a quote opens here and is never closed", name_, line);
      if (!cell.stray.empty())
        fail(
            "{}, line {}: \"{}\" after a closing quote, where {} was expected; a quote in a cell "
            "is doubled",
            name_, line, cell.stray.substr(0, 40), csv_separator_name(separator_));
      check(whole || cell.ends != CsvCell::Ends::text,
            "{}: line 1: a line of column names longer than {} MiB", name_, most_of_head >> 20);
      ++columns;
      if (cell.ends != CsvCell::Ends::separator) return columns;
      at = cell.next;
    }
  }

  void read_header() {
    Record header;
    file_->read(0, header.text);
    cut(header, separator_);
    std::string looks_like_data;
    for (const std::string_view cell : header.cells) {
      columns_.emplace_back(trimmed(cell));
      const std::string_view name = columns_.back();
      const bool has_point = name.find('.') != name.npos || name.find(',') != name.npos;
      if (has_point && (number(name) || number(name, ',')) && looks_like_data.empty())
        looks_like_data = name;
    }
    if (!looks_like_data.empty())
      notes_.push_back(fmt::format(
          "{}: the column names of its first line look like data, such as \"{}\"; a table begins "
          "with a line of names",
          name_, looks_like_data));
  }

  files::TextFile text_;
  std::optional<RecordFile> file_;
  char separator_ = ',';
};

}  // namespace

std::shared_ptr<const Rows> open_csv(const std::filesystem::path& path,
                                     const RowsOptions& options) {
  return std::make_shared<Csv>(path, options);
}

}  // namespace cmc::data
