#include <fmt/format.h>

#include <map>
#include <string>

#include "cmc/data/sample.h"
#include "cmc/files/base64.h"
#include "cmc/report/figures.h"
#include "cmc/report/png_size.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;

using evaluation::CrossViewNeighbours;
using evaluation::Evaluation;

/// Whether a picture is at least twice as wide as it is high, as a text is.
bool is_wide(const std::string& png) {
  const PngSize size = png_size(png);
  return size.width > 0 && size.width >= 2 * size.height;
}

/// What is known of the samples that the neighbours name, by their rows.
class Shown {
 public:
  explicit Shown(const ReportInput& input) : input_(input) {
    for (const evaluation::ShownSample& sample : input.evaluation->shown) {
      known_[sample.row] = sample;
      labelled_ = labelled_ || !sample.label.empty();
    }
  }

  /// The class or the number that labels a sample; empty where it has none.
  std::string label(std::int64_t row) const {
    const auto found = known_.find(row);
    return found == known_.end() ? "" : found->second.label;
  }

  json picture(std::int64_t row, const std::string& view) const {
    const std::string png = input_.thumbnail ? input_.thumbnail(row, view) : "";
    const auto found = known_.find(row);
    const std::string name = found == known_.end() ? "" : found->second.name;
    std::string caption = labelled_ ? label(row) : name;
    if (caption.empty()) caption = class_name(*input_.evaluation, data::no_label);
    return {{"png", files::base64(png)},
            {"wide", is_wide(png)},
            {"class", caption},
            {"index", "#" + std::to_string(row)},
            {"alt",
             fmt::format("Sample #{}{}, {}, seen as {}", row,
                         name.empty() || name == caption ? "" : " (" + name + ")", caption, view)}};
  }

 private:
  const ReportInput& input_;
  std::map<std::int64_t, evaluation::ShownSample> known_;
  bool labelled_ = false;  ///< whether any has a label; names are shown where none has
};

/// One query and what was found for it, nearest first. Numbers are no classes, which are alike or
/// not.
json row(const Shown& shown, const CrossViewNeighbours& entry, bool numbers) {
  const std::string label = numbers ? std::string() : shown.label(entry.query);
  json found = json::array();
  for (const std::int64_t index : entry.found) {
    json picture = shown.picture(index, entry.to);
    const std::string own = shown.label(index);
    const bool same_class = !label.empty() && own == label, itself = index == entry.query;
    picture["itself"] = itself;
    picture["other_class"] = !label.empty() && !own.empty() && !same_class;
    picture["verdict"] = itself ? "the same sample" : same_class ? "same class" : "";
    found.push_back(std::move(picture));
  }
  return {{"query", shown.picture(entry.query, entry.from)}, {"found", std::move(found)}};
}

/// How well a whole test part is found from one view in another, in words; empty where unknown.
std::string found_overall(const Evaluation& evaluation, const std::string& from,
                          const std::string& to) {
  for (const evaluation::RetrievalRow& row : evaluation.retrieval) {
    if (row.from != from || row.to != to) continue;
    return fmt::format(
        "Recall among {} samples: {:.1f} % at 1, {:.1f} % at 5, {:.1f} % at 10; median rank "
        "{:.4g}.",
        with_commas(row.candidates), 100 * row.recall_at_1, 100 * row.recall_at_5,
        100 * row.recall_at_10, row.median_rank);
  }
  return "";
}

}  // namespace

std::string judged_part(const Evaluation& evaluation) {
  return evaluation.cross_validated ? "training" : "test";
}

std::string class_name(const Evaluation& evaluation, std::int64_t label) {
  if (label == data::no_label) return "unlabelled";
  const auto at = static_cast<std::size_t>(label);
  return at < evaluation.classes.size() ? evaluation.classes[at] : fmt::format("class {}", label);
}

json neighbours_section(const ReportInput& input) {
  if (!input.evaluation || input.evaluation->neighbours.empty()) return nullptr;
  const Evaluation& evaluation = *input.evaluation;
  const Shown shown(input);
  json groups = json::array();
  for (const CrossViewNeighbours& entry : evaluation.neighbours) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const json& g) {
      return g["from"] == entry.from && g["to"] == entry.to;
    });
    if (group == groups.end()) {
      groups.push_back({{"from", entry.from},
                        {"to", entry.to},
                        {"overall", found_overall(evaluation, entry.from, entry.to)},
                        {"queries", json::array()}});
      group = groups.end() - 1;
    }
    (*group)["queries"].push_back(row(shown, entry, evaluation.numbers));
  }
  return {{"part", judged_part(evaluation)}, {"groups", std::move(groups)}};
}

}  // namespace cmc::report
