#include <fmt/format.h>

#include <map>

#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

json bound_lines(const json& information) {
  json lines = json::array();
  for (const json& pair : information.at("pairs")) {
    for (const json& point : pair.at("points")) {
      const BoundRow row = bound_row(point);
      lines.push_back({{"from", pair.at("from")},
                       {"to", pair.at("to")},
                       {"n", samples_of(pair, information)},
                       {"k", row.k},
                       {"bound", row.bound},
                       {"tight_bound", row.tight_bound},
                       {"interval", row.interval},
                       {"ceiling", row.ceiling},
                       {"nats", row.nats}});
    }
  }
  return lines;
}

json label_lines(const json& information) {
  json lines = json::array();
  for (const json& label : information.at("labels")) {
    const LabelRow row = label_row(label);
    const std::string view = label.at("view");
    lines.push_back({{"view", view == "all" ? "All views together" : view},
                     {"n", samples_of(label, information)},
                     {"bound", row.bound},
                     {"interval", row.interval},
                     {"entropy", row.entropy},
                     {"nats", row.nats},
                     {"accuracy", row.accuracy}});
  }
  return lines;
}

json view_lines(const json& information) {
  json lines = json::array();
  for (const json& view : information.at("views"))
    lines.push_back({{"view", view.at("view")},
                     {"n", samples_of(view, information)},
                     {"uniformity", fixed(view.at("uniformity"), 2)},
                     {"effective_rank", fixed(view.at("effective_rank"), 1)},
                     {"largest_rank", largest_rank(view)},
                     {"dimension", count(view.at("dimension").get<std::int64_t>())}});
  return lines;
}

/// Both directions of a pair lie alike.
json pair_lines(const json& information) {
  const json& pairs = information.at("pairs");
  json lines = json::array();
  for (std::size_t i = 0; i < pairs.size(); i += 2)
    lines.push_back({{"from", pairs[i].at("from")},
                     {"to", pairs[i].at("to")},
                     {"n", samples_of(pairs[i], information)},
                     {"alignment", fixed(pairs[i].at("alignment"), 2)},
                     {"positive", fixed(pairs[i].at("positive_similarity"), 2)},
                     {"negative", fixed(pairs[i].at("negative_similarity"), 2)},
                     {"gap", fixed(pairs[i].at("modality_gap"), 2)}});
  return lines;
}

json chart(const json& pairs) {
  json curves = json::array(), ceiling = json::array();
  std::map<std::int64_t, double> ceilings;  // pairs of fewer samples end at a smaller k
  for (const json& pair : pairs) {
    json points = json::array();
    for (const json& point : pair.at("points")) {
      points.push_back({{"x", point.at("k")}, {"y", bits(point.at("tight_bound_nats"))}});
      ceilings[point.at("k")] = bits(point.at("ceiling_nats"));
    }
    curves.push_back({{"label", fmt::format("{} → {}", pair.at("from").get<std::string>(),
                                            pair.at("to").get<std::string>())},
                      {"points", std::move(points)}});
  }
  for (const auto& [k, at_k] : ceilings) ceiling.push_back({{"x", k}, {"y", at_k}});
  return {{"curves", std::move(curves)}, {"ceiling", std::move(ceiling)}};
}

}  // namespace

json information_section(const json& information) {
  if (information.is_null()) return nullptr;
  return {{"samples", count(information.at("samples").get<std::int64_t>())},
          {"temperature", fmt::format("{:.3g}", information.at("temperature").get<double>())},
          {"findings", information.at("findings")},
          {"some_lack_views", some_lack_views(information)},
          {"bounds", bound_lines(information)},
          {"labels",
           information.at("labels").empty() ? json() : json{{"rows", label_lines(information)}}},
          {"views", view_lines(information)},
          {"pairs", pair_lines(information)},
          {"chart", chart(information.at("pairs"))}};
}

}  // namespace cmc::report
