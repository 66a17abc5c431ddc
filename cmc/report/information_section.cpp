#include <fmt/format.h>

#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

json bound_lines(const json& pairs) {
  json lines = json::array();
  for (const json& pair : pairs) {
    for (const json& point : pair.at("points")) {
      const BoundRow row = bound_row(point);
      lines.push_back({{"from", pair.at("from")},
                       {"to", pair.at("to")},
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

json label_lines(const json& labels) {
  json lines = json::array();
  for (const json& label : labels) {
    const LabelRow row = label_row(label);
    const std::string view = label.at("view");
    lines.push_back({{"view", view == "all" ? "All views together" : view},
                     {"bound", row.bound},
                     {"interval", row.interval},
                     {"entropy", row.entropy},
                     {"nats", row.nats},
                     {"accuracy", row.accuracy}});
  }
  return lines;
}

json view_lines(const json& views) {
  json lines = json::array();
  for (const json& view : views)
    lines.push_back({{"view", view.at("view")},
                     {"uniformity", fixed(view.at("uniformity"), 2)},
                     {"effective_rank", fixed(view.at("effective_rank"), 1)},
                     {"dimension", count(view.at("dimension").get<std::int64_t>())}});
  return lines;
}

/// Both directions of a pair lie alike.
json pair_lines(const json& pairs) {
  json lines = json::array();
  for (std::size_t i = 0; i < pairs.size(); i += 2)
    lines.push_back({{"from", pairs[i].at("from")},
                     {"to", pairs[i].at("to")},
                     {"alignment", fixed(pairs[i].at("alignment"), 2)},
                     {"positive", fixed(pairs[i].at("positive_similarity"), 2)},
                     {"negative", fixed(pairs[i].at("negative_similarity"), 2)},
                     {"gap", fixed(pairs[i].at("modality_gap"), 2)}});
  return lines;
}

json chart(const json& pairs) {
  json curves = json::array(), ceiling = json::array();
  for (const json& pair : pairs) {
    json points = json::array();
    for (const json& point : pair.at("points"))
      points.push_back({{"x", point.at("k")}, {"y", bits(point.at("tight_bound_nats"))}});
    curves.push_back({{"label", fmt::format("{} → {}", pair.at("from").get<std::string>(),
                                            pair.at("to").get<std::string>())},
                      {"points", std::move(points)}});
  }
  for (const json& point : pairs.at(0).at("points"))
    ceiling.push_back({{"x", point.at("k")}, {"y", bits(point.at("ceiling_nats"))}});
  return {{"curves", std::move(curves)}, {"ceiling", std::move(ceiling)}};
}

}  // namespace

json information_section(const json& information) {
  if (information.is_null()) return nullptr;
  const json& pairs = information.at("pairs");
  const json& labels = information.at("labels");
  return {{"samples", count(information.at("samples").get<std::int64_t>())},
          {"temperature", fmt::format("{:.3g}", information.at("temperature").get<double>())},
          {"findings", information.at("findings")},
          {"bounds", bound_lines(pairs)},
          {"labels", labels.empty() ? json() : json{{"rows", label_lines(labels)}}},
          {"views", view_lines(information.at("views"))},
          {"pairs", pair_lines(pairs)},
          {"chart", chart(pairs)}};
}

}  // namespace cmc::report
