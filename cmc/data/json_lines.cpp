#include "cmc/data/json_lines.h"

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "cmc/data/json_text.h"
#include "cmc/data/record_file.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

using nlohmann::ordered_json;

/// Calls take(column, text) for each cell of a value under `key`.
template <class Take>
void flatten(const std::string& key, const ordered_json& value, const Take& take) {
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) flatten(key + "." + name, inner, take);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) flatten(key + std::to_string(i), value[i], take);
  } else if (value.is_string()) {
    take(key, value.get_ref<const std::string&>());
  } else {
    take(key, value.is_null() ? std::string() : value.dump());
  }
}

class JsonLines : public Rows {
 public:
  explicit JsonLines(const std::filesystem::path& path) : file_(path, false) {
    name_ = path.string();
    folder_ = path.parent_path();
    check(file_.size() > 0, "{}: line 1: the file is empty; a JSON object was expected", name_);
    file_.each(0, [&](std::int64_t index, std::string_view text) {
      visit_cells(index, text, [&](const std::string& column, const std::string&) {
        if (places_.try_emplace(column, columns_.size()).second) columns_.push_back(column);
      });
    });
  }

  std::int64_t size() const override { return file_.size(); }

  void read(std::int64_t index, Record& record) const override {
    std::string line;
    file_.read(index, line);
    fill(index, line, record);
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    file_.each(0, [&](std::int64_t index, std::string_view text) {
      fill(index, text, record);
      visit(index, record);
    });
  }

  std::string where(std::int64_t index) const override {
    return fmt::format("{}, line {}", name_, file_.line(index));
  }

 private:
  template <class Take>
  void visit_cells(std::int64_t index, std::string_view text, const Take& take) const {
    check_nesting(text, where(index));
    const ordered_json object = ordered_json::parse(text, nullptr, false);
    if (!object.is_object()) fail("{}: is no JSON object", where(index));
    for (const auto& [key, value] : object.items()) flatten(key, value, take);
  }

  void fill(std::int64_t index, std::string_view line, Record& record) const {
    std::vector<std::pair<std::size_t, std::size_t>> places(columns_.size(), {0, 0});
    record.text.clear();
    visit_cells(index, line, [&](const std::string& column, const std::string& cell) {
      places[places_.at(column)] = {record.text.size(), cell.size()};
      record.text += cell;
    });
    record.cells.clear();
    for (const auto& [start, size] : places)
      record.cells.emplace_back(record.text.data() + start, size);
  }

  RecordFile file_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::shared_ptr<const Rows> open_json_lines(const std::filesystem::path& path) {
  return std::make_shared<JsonLines>(path);
}

}  // namespace cmc::data
