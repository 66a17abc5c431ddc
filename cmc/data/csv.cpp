#include "cmc/data/csv.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cmc/data/record_file.h"
#include "cmc/data/utf8.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Cuts record.text at the delimiters and takes the quotes away, in place. Gives the text between a
/// closing quote and the next delimiter, where none is due; empty where there is none.
std::string_view cut(Record& record, char delimiter) {
  record.cells.clear();
  std::string& text = record.text;
  std::size_t i = 0;
  for (;;) {
    const std::size_t start = i;
    std::size_t end = i;
    if (i < text.size() && text[i] == '"') {
      end = i;  // unquoted characters are moved to the front of the cell
      for (++i; i < text.size(); ++i) {
        if (text[i] == '"') {
          if (i + 1 >= text.size() || text[i + 1] != '"') break;
          ++i;
        }
        text[end++] = text[i];
      }
      const std::size_t close = std::min(i + 1, text.size());
      i = std::min(text.find(delimiter, i), text.size());
      const std::string_view behind(text.data() + close, i - close);
      if (!trimmed(behind).empty()) return behind;
    } else {
      i = std::min(text.find(delimiter, i), text.size());
      end = i;
    }
    record.cells.emplace_back(text.data() + start, end - start);
    if (i == text.size()) return {};
    ++i;
  }
}

class Csv : public Rows {
 public:
  explicit Csv(const std::filesystem::path& path)
      : file_(path, true), delimiter_(path.extension() == ".tsv" ? '\t' : ',') {
    name_ = path.string();
    folder_ = path.parent_path();
    check(file_.size() > 0, "{}: line 1: the file is empty; a line of column names was expected",
          name_);
    Record header;
    file_.read(0, header.text);
    if (header.text.starts_with("\xef\xbb\xbf")) header.text.erase(0, 3);
    cut_row(-1, header);
    for (const std::string_view cell : header.cells) columns_.emplace_back(trimmed(cell));
    check_utf8(-1, header);
    each([this](std::int64_t index, const Record& record) { check_utf8(index, record); });
  }

  std::int64_t size() const override { return file_.size() - 1; }

  void read(std::int64_t index, Record& record) const override {
    file_.read(index + 1, record.text);
    cut_row(index, record);
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    file_.each(1, [&](std::int64_t number, std::string_view text) {
      record.text.assign(text);
      cut_row(number - 1, record);
      if (record.cells.size() != columns_.size())
        fail("{}: {} cells; the header names {} columns", where(number - 1), record.cells.size(),
             columns_.size());
      visit(number - 1, record);
    });
  }

  std::string where(std::int64_t index) const override {
    return fmt::format("{}, line {}", name_, file_.line(index + 1));
  }

 private:
  /// Row −1 is the header.
  void cut_row(std::int64_t index, Record& record) const {
    const std::string_view behind = cut(record, delimiter_);
    if (!behind.empty())
      fail("{}: \"{}\" behind a closing quote, where {} is due; a quote in a cell is doubled",
           where(index), behind.substr(0, std::min<std::size_t>(behind.find('\n'), 40)),
           delimiter_ == '\t' ? "a tab" : "a comma");
  }

  void check_utf8(std::int64_t index, const Record& record) const {
    if (!is_utf8(record.text))
      fail("{}: a letter that is not UTF-8; save the file in this encoding", where(index));
  }

  RecordFile file_;
  char delimiter_;
};

}  // namespace

std::shared_ptr<const Rows> open_csv(const std::filesystem::path& path) {
  return std::make_shared<Csv>(path);
}

}  // namespace cmc::data
