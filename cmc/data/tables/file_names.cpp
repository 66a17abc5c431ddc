#include "cmc/data/tables/file_names.h"

#include <algorithm>

#include "cmc/error.h"
#include "cmc/files/folder_walk.h"
#include "cmc/files/utf8.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// What stands before a field, and the last piece behind all fields.
struct Pattern {
  std::vector<std::string> literals;  // one more than fields
  std::vector<std::string> fields;
};

Pattern parse(const std::string& text) {
  Pattern pattern{{""}, {}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      pattern.literals.back() += text[i];
      continue;
    }
    const std::size_t end = text.find('}', i);
    check(end != std::string::npos, "{}: the brace at byte {} is never closed", text, i);
    const std::string field = text.substr(i + 1, end - i - 1);
    check(!field.empty() && field != "file" && !std::ranges::count(pattern.fields, field),
          "{}: the field \"{}\": names must be there, differ, and not be \"file\"", text, field);
    pattern.fields.push_back(field);
    pattern.literals.emplace_back();
    i = end;
  }
  return pattern;
}

/// Fills `values` from path[at …] and the fields from `field` on; false where they don't fit.
bool match(const Pattern& pattern, std::string_view path, std::size_t field,
           std::vector<std::string>& values) {
  const std::string& literal = pattern.literals[field];
  if (!path.starts_with(literal)) return false;
  path.remove_prefix(literal.size());
  if (field == pattern.fields.size()) return path.empty();
  for (std::size_t length = 1; length <= path.size() && path[length - 1] != '/'; ++length) {
    if (!match(pattern, path.substr(length), field + 1, values)) continue;
    values[field] = path.substr(0, length);
    return true;
  }
  return false;
}

class FileNames : public Rows {
 public:
  explicit FileNames(const std::string& text) {
    name_ = text;
    const std::size_t slash = text.substr(0, text.find('{')).rfind('/');
    folder_ = slash == std::string::npos ? "." : text.substr(0, slash + 1);
    pattern_ = parse(slash == std::string::npos ? text : text.substr(slash + 1));
    columns_ = pattern_.fields;
    columns_.emplace_back("file");
    check(fs::is_directory(folder_), "{}: there is no folder {}", name_, folder_.string());
    std::vector<std::string> values(pattern_.fields.size());
    paths_ = files::walk_folder(folder_, [&](const fs::path& path) {
               return match(pattern_, path.string(), 0, values);
             }).files;
    check(!paths_.empty(), "{}: no file in {} has such a name", name_, folder_.string());
    for (const std::string& path : paths_)
      check(files::is_utf8(path), "{}: a file's name that is not UTF-8; rename it",
            (folder_ / path).string());
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(paths_.size()); }

  void read(std::int64_t index, Record& record) const override {
    const std::string& path = paths_[static_cast<std::size_t>(index)];
    std::vector<std::string> values(pattern_.fields.size());
    match(pattern_, path, 0, values);
    values.push_back(path);
    record.text.clear();
    for (const std::string& value : values) record.text += value;
    record.cells.clear();
    const char* start = record.text.data();
    for (const std::string& value : values) {
      record.cells.emplace_back(start, value.size());
      start += value.size();
    }
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    for (std::int64_t i = 0; i < size(); ++i) {
      read(i, record);
      visit(i, record);
    }
  }

  std::string where(std::int64_t index) const override {
    return (folder_ / paths_[static_cast<std::size_t>(index)]).string();
  }

 private:
  Pattern pattern_;
  std::vector<std::string> paths_;
};

}  // namespace

std::shared_ptr<const Rows> open_file_names(const std::string& pattern) {
  return std::make_shared<FileNames>(pattern);
}

}  // namespace cmc::data
