#include "cmc/data/tables/json_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cmc/data/tables/json_records.h"
#include "cmc/data/tables/record_file.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

using nlohmann::ordered_json;

constexpr int deepest = 64;

/// Calls take(column, text) for each cell of a value under `key`; false where it is nested too
/// deep.
template <class Take>
bool flatten(const std::string& key, const ordered_json& value, const Take& take, int depth) {
  if (depth > deepest) return false;
  bool fits = true;
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items())
      fits = fits && flatten(key + "." + name, inner, take, depth + 1);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      fits = fits && flatten(key + std::to_string(i), value[i], take, depth + 1);
  } else if (value.is_string()) {
    take(key, value.get_ref<const std::string&>());
  } else {
    take(key, value.is_null() ? std::string() : value.dump());
  }
  return fits;
}

class JsonLines : public Rows {
 public:
  explicit JsonLines(const std::filesystem::path& path) : text_(path) {
    name_ = path.string();
    folder_ = path.parent_path();
    open_records();
    check(size() > 0, "{}: line 1: the file is empty; a JSON object was expected", name_);
    each_object([&](const ordered_json& object) {
      check(
          size() > 1 || object.empty() ||
              !std::ranges::all_of(object, [](const auto& value) { return value.is_structured(); }),
          "{}: is one object of whole columns; an object for each row was expected, as pandas' "
          "to_json(FILE, orient=\"records\") writes them",
          name_);
    });
  }

  std::int64_t size() const override { return file_->size(); }

  void read(std::int64_t index, Record& record) const override {
    std::string text;
    file_->read(index, text);
    fill(index, text, record);
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    file_->each(0, [&](std::int64_t index, const std::string& text) {
      fill(index, text, record);
      visit(index, record);
    });
  }

  std::string where(std::int64_t index) const override {
    std::string place = fmt::format("{}, line {}", name_, file_->line(index));
    if (is_array_) place += fmt::format(", object {}", index + 1);
    return place;
  }

 private:
  void open_records() {
    std::uint64_t begin = text_.begin();
    char sign = ' ';
    while (begin < text_.end() && std::string_view(" \t\r\n").find(sign) != std::string_view::npos)
      text_.read_all(begin++, &sign, 1);
    is_array_ = sign == '[';
    JsonArrayGrammar array;
    JsonLinesGrammar lines;
    if (is_array_) {
      file_.emplace(text_, begin, array);
    } else {
      file_.emplace(text_, text_.begin(), lines);
    }
    notes_ = file_->notes();
    not_utf8_ = file_->not_utf8();
  }

  /// Learns the columns.
  template <class Visit>
  void each_object(const Visit& visit) {
    file_->each(0, [&](std::int64_t index, const std::string& text) {
      const ordered_json object = parse(index, text);
      visit(object);
      visit_cells(index, object, [&](const std::string& column, const std::string&) {
        if (places_.try_emplace(column, columns_.size()).second) columns_.push_back(column);
      });
    });
  }

  ordered_json parse(std::int64_t index, std::string_view text) const {
    text = text.substr(0, is_array_ ? json_value_end(text, 0) : text.find_first_of("\r\n"));
    ordered_json object = ordered_json::parse(text, nullptr, false);
    if (object.is_discarded())
      object = ordered_json::parse(quote_json_constants(text), nullptr, false);
    if (object.is_discarded()) {
      try {
        object = ordered_json::parse(text);
      } catch (const ordered_json::parse_error& error) {
        fail("{}: is not a JSON object: byte {} of it is wrong; {} was expected", where(index),
             error.byte, is_array_ ? "an array of objects" : "one object a line");
      } catch (const ordered_json::exception&) {
        fail("{}: is not a JSON object: a number is too large", where(index));
      }
    }
    if (!object.is_object()) fail("{}: is not a JSON object", where(index));
    return object;
  }

  template <class Take>
  void visit_cells(std::int64_t index, const ordered_json& object, const Take& take) const {
    for (const auto& [key, value] : object.items())
      if (!flatten(key, value, take, 1))
        fail("{}: the key \"{}\" is nested more than {} deep", where(index), key.substr(0, 40),
             deepest);
  }

  void fill(std::int64_t index, std::string_view text, Record& record) const {
    std::vector<std::pair<std::size_t, std::size_t>> places(columns_.size(), {0, 0});
    record.text.clear();
    visit_cells(index, parse(index, text), [&](const std::string& column, const std::string& cell) {
      places[places_.at(column)] = {record.text.size(), cell.size()};
      record.text += cell;
    });
    record.cells.clear();
    for (const auto& [start, size] : places)
      record.cells.emplace_back(record.text.data() + start, size);
  }

  files::TextFile text_;
  std::optional<RecordFile> file_;
  bool is_array_ = false;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::shared_ptr<const Rows> open_json_lines(const std::filesystem::path& path) {
  return std::make_shared<JsonLines>(path);
}

}  // namespace cmc::data
