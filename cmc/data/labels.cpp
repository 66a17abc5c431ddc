#include "cmc/data/labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "cmc/data/number.h"
#include "cmc/data/sample.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Texts and the numbers that they are, where all are.
struct ClassNames {
  std::vector<std::pair<double, std::string>> texts;
  bool numbers = true, whole = true;

  void add(const std::string& text) {
    const double value = number(text).value_or(std::numeric_limits<double>::infinity());
    numbers = numbers && std::isfinite(value);
    whole = whole && value == std::floor(value);
    texts.emplace_back(value, text);
  }

  std::vector<std::string> sorted() {
    if (!numbers)
      for (auto& [value, text] : texts) value = 0;
    std::ranges::sort(texts);
    std::vector<std::string> names;
    for (auto& [value, text] : texts) names.push_back(std::move(text));
    return names;
  }
};

std::vector<double> read_targets(const Rows& rows, std::size_t column) {
  std::vector<double> targets;
  targets.reserve(static_cast<std::size_t>(rows.size()));
  rows.each([&](std::int64_t index, const Record& record) {
    const std::string_view cell = trimmed(record.cells[column]);
    if (cell.empty()) {
      targets.push_back(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    const double value = number(cell).value_or(std::numeric_limits<double>::infinity());
    if (!std::isfinite(value))
      fail(
          "{}: the label (column \"{}\") is \"{}\" where a finite number is due "
          "(data.label_kind = \"number\")",
          rows.where(index), rows.columns()[column], cell.substr(0, 40));
    targets.push_back(value);
  });
  return targets;
}

}  // namespace

Labels read_labels(const Rows& rows, std::size_t column, std::string_view kind) {
  check(kind == "auto" || kind == "classes" || kind == "number",
        "data.label_kind = \"{}\": it must be auto, classes or number", kind);
  Labels labels;
  if (kind == "number") {
    labels.targets = read_targets(rows, column);
    return labels;
  }
  std::unordered_map<std::string, std::int32_t> known;
  ClassNames names;
  labels.classes_of_rows.reserve(static_cast<std::size_t>(rows.size()));
  rows.each([&](std::int64_t, const Record& record) {
    const std::string_view cell = trimmed(record.cells[column]);
    if (cell.empty()) {
      labels.classes_of_rows.push_back(static_cast<std::int32_t>(no_label));
      return;
    }
    const auto next = static_cast<std::int32_t>(known.size());
    const auto [place, is_new] = known.try_emplace(std::string(cell), next);
    if (is_new) names.add(place->first);
    labels.classes_of_rows.push_back(place->second);
  });
  if (kind == "auto" && names.numbers && !names.whole) {
    labels.notes.push_back(fmt::format(
        "the labels (column \"{}\") are numbers, {} different ones: the targets of a regression "
        "(data.label_kind = \"classes\" makes each a class)",
        rows.columns()[column], known.size()));
    labels.classes_of_rows = {};
    labels.targets = read_targets(rows, column);
    return labels;
  }
  labels.classes = names.sorted();
  std::vector<std::int32_t> order(known.size());
  for (std::size_t c = 0; c < labels.classes.size(); ++c)
    order[static_cast<std::size_t>(known.at(labels.classes[c]))] = static_cast<std::int32_t>(c);
  for (std::int32_t& label : labels.classes_of_rows)
    if (label != no_label) label = order[static_cast<std::size_t>(label)];
  return labels;
}

}  // namespace cmc::data
