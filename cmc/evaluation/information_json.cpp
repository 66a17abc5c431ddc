#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/information.h"
#include "cmc/evaluation/json_numbers.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {
namespace {

using nlohmann::json;

InformationPoint point_of(const json& row) {
  return {.k = row.at("k").get<std::int64_t>(),
          .bound = number_or_nan(row.at("bound_nats")),
          .tight_bound = number_or_nan(row.at("tight_bound_nats")),
          .low = number_or_nan(row.at("low_nats")),
          .high = number_or_nan(row.at("high_nats")),
          .ceiling = number_or_nan(row.at("ceiling_nats")),
          .batches = row.value("batches", std::int64_t{0})};
}

std::vector<InformationPoint> points_of(const json& rows) {
  std::vector<InformationPoint> points;
  for (const json& row : rows) points.push_back(point_of(row));
  return points;
}

/// `all` and `temperature`: the samples that were measured on and τ, which files of earlier
/// versions have for all pairs.
PairInformation pair_of(const json& row, std::int64_t all, double temperature) {
  PairInformation pair{.from = row.at("from").get<std::string>(),
                       .to = row.at("to").get<std::string>(),
                       .samples = row.value("samples", all),
                       .points = points_of(row.at("points")),
                       .alignment = number_or_nan(row.at("alignment")),
                       .positive_similarity = number_or_nan(row.at("positive_similarity")),
                       .negative_similarity = number_or_nan(row.at("negative_similarity")),
                       .modality_gap = number_or_nan(row.at("modality_gap")),
                       .temperature = row.value("temperature", temperature)};
  check(!pair.points.empty(), "\"points\" of the pair \"{}\" and \"{}\" is empty", pair.from,
        pair.to);
  return pair;
}

TotalCorrelation total_correlation_of(const json& row) {
  TotalCorrelation all{.views = row.at("views").get<std::int64_t>(),
                       .samples = row.at("samples").get<std::int64_t>(),
                       .temperature = number_or_nan(row.at("temperature")),
                       .points = points_of(row.at("points"))};
  check(all.views >= 3, "\"total_correlation\" is of {} views; it is of three or more", all.views);
  return all;
}

ViewGeometry geometry_of(const json& row, std::int64_t all) {
  return {.view = row.at("view").get<std::string>(),
          .samples = row.value("samples", all),
          .uniformity = number_or_nan(row.at("uniformity")),
          .effective_rank = number_or_nan(row.at("effective_rank")),
          .dimension = row.at("dimension").get<std::int64_t>()};
}

ViewLabels labels_of(const json& row, std::int64_t all) {
  ViewLabels labels{.view = row.at("view").get<std::string>(),
                    .samples = row.value("samples", all),
                    .training_labels = row.value("training_labels", std::int64_t{0}),
                    .information = {},
                    .accuracy = number_or_nan(row.at("accuracy"))};
  labels.information.label_entropy = number_or_nan(row.at("label_entropy_nats"));
  labels.information.cross_entropy = number_or_nan(row.at("cross_entropy_nats"));
  labels.information.bound.mean = number_or_nan(row.at("bound_nats"));
  labels.information.bound.low = number_or_nan(row.at("low_nats"));
  labels.information.bound.high = number_or_nan(row.at("high_nats"));
  return labels;
}

InformationMeasurement measurement_of(const json& content) {
  InformationMeasurement m;
  content.at("samples").get_to(m.samples);
  m.held_out = content.value("held_out", m.samples);
  m.temperature = number_or_nan(content.at("temperature"));
  for (const json& row : content.at("pairs"))
    m.pairs.push_back(pair_of(row, m.samples, m.temperature));
  for (const json& row : content.value("unmeasured", json::array()))
    m.unmeasured.push_back({row.at("from"), row.at("to"), row.at("samples")});
  if (content.contains("total_correlation"))
    m.total_correlation = total_correlation_of(content.at("total_correlation"));
  for (const json& row : content.at("views")) m.views.push_back(geometry_of(row, m.samples));
  content.at("classes").get_to(m.classes);
  for (const json& row : content.at("labels")) m.labels.push_back(labels_of(row, m.samples));
  content.at("training_labels").get_to(m.training_labels);
  m.unknown_labels = content.value("unknown_labels", std::int64_t{0});
  if (const json training = content.value("training", json()); !training.is_null())
    m.training = {.k = number_or_nan(training.at("k")),
                  .estimate = number_or_nan(training.at("estimate_nats")),
                  .ceiling = number_or_nan(training.at("ceiling_nats"))};
  m.unreadable = unreadable_from_json(content.value("unreadable", json::array()));
  content.at("findings").get_to(m.findings);
  return m;
}

json json_of(const std::vector<InformationPoint>& points) {
  json rows = json::array();
  for (const InformationPoint& p : points)
    rows.push_back({{"k", p.k},
                    {"bound_nats", p.bound},
                    {"tight_bound_nats", p.tight_bound},
                    {"low_nats", p.low},
                    {"high_nats", p.high},
                    {"ceiling_nats", p.ceiling},
                    {"batches", p.batches}});
  return rows;
}

}  // namespace

nlohmann::json to_json(const InformationMeasurement& m) {
  json pairs = json::array(), unmeasured = json::array(), views = json::array(),
       labels = json::array();
  for (const PairInformation& pair : m.pairs)
    pairs.push_back({{"from", pair.from},
                     {"to", pair.to},
                     {"samples", pair.samples},
                     {"points", json_of(pair.points)},
                     {"alignment", pair.alignment},
                     {"positive_similarity", pair.positive_similarity},
                     {"negative_similarity", pair.negative_similarity},
                     {"modality_gap", pair.modality_gap},
                     {"temperature", pair.temperature}});
  for (const SparsePair& pair : m.unmeasured)
    unmeasured.push_back({{"from", pair.from}, {"to", pair.to}, {"samples", pair.samples}});
  for (const ViewGeometry& view : m.views)
    views.push_back({{"view", view.view},
                     {"samples", view.samples},
                     {"uniformity", view.uniformity},
                     {"effective_rank", view.effective_rank},
                     {"largest_rank", view.largest_rank()},
                     {"dimension", view.dimension}});
  for (const ViewLabels& row : m.labels)
    labels.push_back({{"view", row.view},
                      {"samples", row.samples},
                      {"training_labels", row.training_labels},
                      {"bound_nats", row.information.bound.mean},
                      {"low_nats", row.information.bound.low},
                      {"high_nats", row.information.bound.high},
                      {"cross_entropy_nats", row.information.cross_entropy},
                      {"label_entropy_nats", row.information.label_entropy},
                      {"accuracy", row.accuracy}});
  json training;
  if (m.training)
    training = {{"k", m.training->k},
                {"estimate_nats", m.training->estimate},
                {"ceiling_nats", m.training->ceiling}};
  json content = {{"samples", m.samples},
                  {"held_out", m.held_out},
                  {"temperature", m.temperature},
                  {"pairs", pairs},
                  {"unmeasured", unmeasured},
                  {"views", views},
                  {"classes", m.classes},
                  {"labels", labels},
                  {"training_labels", m.training_labels},
                  {"unknown_labels", m.unknown_labels},
                  {"training", training},
                  {"unreadable", unreadable_to_json(m.unreadable)},
                  {"findings", m.findings}};
  if (m.total_correlation)
    content["total_correlation"] = {{"views", m.total_correlation->views},
                                    {"samples", m.total_correlation->samples},
                                    {"temperature", m.total_correlation->temperature},
                                    {"points", json_of(m.total_correlation->points)}};
  return content;
}

InformationMeasurement information_from_json(const json& content) try {
  return measurement_of(content);
} catch (const json::exception& error) {
  fail("not what a measurement of information leaves: {}", error.what());
}

}  // namespace cmc::evaluation
