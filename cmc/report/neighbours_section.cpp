#include <fmt/format.h>

#include <map>

#include "cmc/data/sample.h"
#include "cmc/report/base64.h"
#include "cmc/report/figures.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// Labels by test index: from the data set, or, for a report without it, from the map's points.
class Labels {
 public:
  explicit Labels(const ReportInput& input) : input_(input) {
    const auto map = input.evaluation.find("map");
    if (input.label || map == input.evaluation.end() || !map->is_object()) return;
    const auto& indices = map->at("indices");
    for (std::size_t i = 0; i < indices.size(); ++i) {
      known_[indices[i].get<std::int64_t>()] = map->at("labels").at(i).get<std::int64_t>();
    }
  }

  std::int64_t operator()(std::int64_t index) const {
    if (input_.label) return input_.label(index);
    const auto found = known_.find(index);
    return found == known_.end() ? data::no_label : found->second;
  }

 private:
  const ReportInput& input_;
  std::map<std::int64_t, std::int64_t> known_;
};

json picture(const ReportInput& input, const Labels& labels, std::int64_t index,
             const std::string& view) {
  const std::string png = input.thumbnail ? input.thumbnail(index, view) : "";
  const std::string name = class_name(input.evaluation, labels(index));
  return {{"png", base64(png)},
          {"class", name},
          {"index", count(index)},
          {"alt", fmt::format("Sample {}, {}, seen as {}", count(index), name, view)}};
}

/// One query and what was found for it, nearest first.
json row(const ReportInput& input, const Labels& labels, const json& entry, const std::string& from,
         const std::string& to) {
  const auto query = entry.at("query").get<std::int64_t>();
  const auto label = labels(query);
  json found = json::array();
  for (const json& element : entry.at("found")) {
    const auto index = element.get<std::int64_t>();
    json shown = picture(input, labels, index, to);
    const bool same_class = label != data::no_label && labels(index) == label;
    shown["itself"] = index == query;
    shown["other_class"] = label != data::no_label && !same_class;
    shown["verdict"] = index == query ? "the same sample" : same_class ? "same class" : "";
    found.push_back(std::move(shown));
  }
  return {{"query", picture(input, labels, query, from)}, {"found", std::move(found)}};
}

/// How well a whole test part is found from one view in another, in words; empty where unknown.
std::string found_overall(const json& evaluation, const std::string& from, const std::string& to) {
  for (const json& row : evaluation.value("retrieval", json::array())) {
    if (row.at("from") != from || row.at("to") != to) continue;
    const auto share = [&](const char* key) { return 100 * row.at(key).get<double>(); };
    return fmt::format(
        "Of {} samples {:.1f} % find themselves first, {:.1f} % within 5, {:.1f} % within 10; "
        "median rank {:.4g}.",
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
  const Labels labels(input);
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
    (*group)["queries"].push_back(row(input, labels, entry, from, to));
  }
  return {{"part", judged_part(input.evaluation)}, {"groups", std::move(groups)}};
}

}  // namespace cmc::report
