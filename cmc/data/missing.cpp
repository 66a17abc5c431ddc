#include "cmc/data/missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cmc::data {
namespace {

bool is_same_in_small(std::string_view cell, std::string_view small) {
  return std::ranges::equal(cell, small, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == static_cast<int>(b);
  });
}

/// "#DIV/0!", "#NAME?", "#N/A", "#NV", "#BEZUG!", ….
bool is_spreadsheet_error(std::string_view cell) {
  if (cell.size() < 3 || cell[0] != '#') return false;
  return cell == "#N/A" || cell == "#N/A N/A" || cell == "#NA" || cell == "#NV" ||
         cell.ends_with('!') || cell.ends_with('?');
}

}  // namespace

bool Missing::number(std::string_view cell) const {
  if (cell.empty()) return true;
  if (!given_.empty()) return std::ranges::find(given_, cell) != given_.end();
  constexpr std::array<std::string_view, 10> small = {"nan",  "-nan", "+nan", "na",   "n/a",
                                                      "n.a.", "<na>", "nat",  "null", "none"};
  constexpr std::array<std::string_view, 9> exact = {
      "?", "-", "--", ".", "\\N", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
  constexpr std::size_t longest = 8;
  if (cell[0] == '#') return is_spreadsheet_error(cell);
  if (cell.size() > longest) return false;
  return std::ranges::find(exact, cell) != exact.end() ||
         std::ranges::any_of(small, [&](auto each) { return is_same_in_small(cell, each); });
}

bool Missing::text(std::string_view cell) const {
  if (cell.empty()) return true;
  if (!given_.empty()) return std::ranges::find(given_, cell) != given_.end();
  return cell == "nan" || cell == "NaN" || cell == "NaT" || cell == "<NA>" ||
         is_spreadsheet_error(cell);
}

bool Missing::is_doubtful(std::string_view text) const {
  return given_.empty() && number(text) && !this->text(text);
}

void count_mark(MissingMarks& marks, std::string_view cell) {
  if (cell.empty()) return;
  const auto known = marks.find(cell);
  if (known != marks.end()) {
    ++known->second;
  } else {
    marks.emplace(cell, 1);
  }
}

std::string marks_note(const MissingMarks& marks, const std::string& what) {
  std::string list;
  for (const auto& [mark, count] : marks)
    list += fmt::format("{}\"{}\" {} times", list.empty() ? "" : ", ", mark, count);
  if (list.empty()) return "";
  return fmt::format("{} holds {}: no value (data.missing lists what is missing)", what, list);
}

std::string doubtful_note(const Missing& missing, const std::vector<std::string>& texts,
                          const std::string& what) {
  std::string doubtful;
  for (const std::string& text : texts)
    if (missing.is_doubtful(text))
      doubtful += fmt::format("{}\"{}\"", doubtful.empty() ? "" : ", ", text);
  if (doubtful.empty()) return "";
  return fmt::format("{} holds {}: a text like others (data.missing = [{}] makes it no value)",
                     what, doubtful, doubtful);
}

}  // namespace cmc::data
