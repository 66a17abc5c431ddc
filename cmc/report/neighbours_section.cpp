#include <fmt/format.h>

#include <map>
#include <string>

#include "cmc/data/sample.h"
#include "cmc/files/base64.h"
#include "cmc/report/figures.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// What is known of the samples that the neighbours name, by their rows.
class Shown {
 public:
  explicit Shown(const ReportInput& input) : input_(input) {
    for (const json& sample : input.evaluation.value("shown", json::array()))
      known_[sample.at("row").get<std::int64_t>()] = {sample.at("name").get<std::string>(),
                                                      sample.at("label").get<std::string>()};
  }

  /// The class or the number that labels a sample; empty where it has none.
  std::string label(std::int64_t row) const {
    const auto found = known_.find(row);
    return found == known_.end() ? "" : found->second.label;
  }

  json picture(std::int64_t row, const std::string& view) const {
    const std::string png = input_.thumbnail ? input_.thumbnail(row, view) : "";
    const auto found = known_.find(row);
    const std::string text = label(row);
    const std::string caption = text.empty() ? class_name(input_.evaluation, data::no_label) : text;
    return {{"png", files::base64(png)},
            {"class", caption},
            {"index", "#" + std::to_string(row)},
            {"alt", fmt::format("Sample #{}{}, {}, seen as {}", row,
                                found == known_.end() ? "" : " (" + found->second.name + ")",
                                caption, view)}};
  }

 private:
  struct Known {
    std::string name, label;
  };
  const ReportInput& input_;
  std::map<std::int64_t, Known> known_;
};

/// One query and what was found for it, nearest first. Numbers are no classes, which are alike or
/// not.
json row(const ReportInput& input, const Shown& shown, const json& entry, const std::string& from,
         const std::string& to) {
  const auto query = entry.at("query").get<std::int64_t>();
  const std::string label =
      input.evaluation.value("numbers", false) ? std::string() : shown.label(query);
  json found = json::array();
  for (const json& element : entry.at("found")) {
    const auto index = element.get<std::int64_t>();
    json picture = shown.picture(index, to);
    const std::string own = shown.label(index);
    const bool same_class = !label.empty() && own == label;
    picture["itself"] = index == query;
    picture["other_class"] = !label.empty() && !own.empty() && !same_class;
    picture["verdict"] = index == query ? "the same sample" : same_class ? "same class" : "";
    found.push_back(std::move(picture));
  }
  return {{"query", shown.picture(query, from)}, {"found", std::move(found)}};
}

/// How well a whole test part is found from one view in another, in words; empty where unknown.
std::string found_overall(const json& evaluation, const std::string& from, const std::string& to) {
  for (const json& row : evaluation.value("retrieval", json::array())) {
    if (row.at("from") != from || row.at("to") != to) continue;
    const auto share = [&](const char* key) { return 100 * row.at(key).get<double>(); };
    return fmt::format(
        "Recall among {} samples: {:.1f} % at 1, {:.1f} % at 5, {:.1f} % at 10; median rank "
        "{:.4g}.",
        count(row.at("candidates").get<std::int64_t>()), share("recall_at_1"), share("recall_at_5"),
        share("recall_at_10"), row.at("median_rank").get<double>());
  }
  return "";
}

}  // namespace

std::string judged_part(const json& evaluation) {
  return evaluation.value("cross_validated", false) ? "training" : "test";
}

std::string class_name(const json& evaluation, std::int64_t label) {
  if (label == data::no_label) return "unlabelled";
  const auto classes = evaluation.find("classes");
  const auto at = static_cast<std::size_t>(label);
  return classes != evaluation.end() && at < classes->size() ? classes->at(at).get<std::string>()
                                                             : fmt::format("class {}", label);
}

json neighbours_section(const ReportInput& input) {
  const auto entries = input.evaluation.find("neighbours");
  if (entries == input.evaluation.end() || entries->empty()) return nullptr;
  const Shown shown(input);
  json groups = json::array();
  for (const json& entry : *entries) {
    const auto from = entry.at("from").get<std::string>();
    const auto to = entry.at("to").get<std::string>();
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const json& g) { return g["from"] == from && g["to"] == to; });
    if (group == groups.end()) {
      groups.push_back({{"from", from},
                        {"to", to},
                        {"overall", found_overall(input.evaluation, from, to)},
                        {"queries", json::array()}});
      group = groups.end() - 1;
    }
    (*group)["queries"].push_back(row(input, shown, entry, from, to));
  }
  return {{"part", judged_part(input.evaluation)}, {"groups", std::move(groups)}};
}

}  // namespace cmc::report
