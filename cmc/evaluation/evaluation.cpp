#include "cmc/evaluation/evaluation.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/json_numbers.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {

void to_json(nlohmann::json& json, const EvaluationRow& row) {
  json = {{"view", row.view},
          {"features", row.features},
          {"labels", row.labels},
          {"probe_accuracy", row.probe_accuracy},
          {"probe_deviation", row.probe_deviation},
          {"knn_accuracy", row.knn_accuracy},
          {"knn_deviation", row.knn_deviation},
          {"seeds", row.seeds},
          {"folds", row.folds}};
}

void from_json(const nlohmann::json& json, EvaluationRow& row) {
  json.at("view").get_to(row.view);
  json.at("features").get_to(row.features);
  json.at("labels").get_to(row.labels);
  row.seeds = json.value("seeds", 1);
  row.folds = json.value("folds", 0);
  if (json.contains("r2")) {
    row.r2 = number_or_nan(json.at("r2"));
    row.r2_deviation = number_or_nan(json.at("r2_deviation"));
    json.at("mae").get_to(row.mae);
    json.at("mae_deviation").get_to(row.mae_deviation);
    return;
  }
  json.at("probe_accuracy").get_to(row.probe_accuracy);
  json.at("knn_accuracy").get_to(row.knn_accuracy);
  row.probe_deviation = json.value("probe_deviation", 0.0);
  row.knn_deviation = json.value("knn_deviation", 0.0);
}

void to_json(nlohmann::json& json, const RetrievalRow& row) {
  json = {{"from", row.from},
          {"to", row.to},
          {"recall_at_1", row.recall_at_1},
          {"recall_at_5", row.recall_at_5},
          {"recall_at_10", row.recall_at_10},
          {"median_rank", row.median_rank},
          {"class_at_1", finite_or_null(row.class_at_1)},
          {"candidates", row.candidates}};
}

void from_json(const nlohmann::json& json, RetrievalRow& row) {
  json.at("from").get_to(row.from);
  json.at("to").get_to(row.to);
  json.at("recall_at_1").get_to(row.recall_at_1);
  json.at("recall_at_5").get_to(row.recall_at_5);
  json.at("recall_at_10").get_to(row.recall_at_10);
  json.at("median_rank").get_to(row.median_rank);
  row.class_at_1 = number_or_nan(json.value("class_at_1", nlohmann::json()));
  json.at("candidates").get_to(row.candidates);
}

void to_json(nlohmann::json& json, const EmbeddingMap& map) {
  json = {{"rows", map.rows}, {"labels", map.labels}, {"x", map.x},
          {"y", map.y},       {"view", map.view},     {"method", map.method}};
}

void from_json(const nlohmann::json& json, EmbeddingMap& map) {
  json.at("x").get_to(map.x);
  json.at("y").get_to(map.y);
  json.at("labels").get_to(map.labels);
  map.rows = json.value("rows", std::vector<std::int64_t>{});
  map.view = json.value("view", "all");
  map.method = json.value("method", "");
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CrossViewNeighbours, query, from, to, found)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ShownSample, row, name, label)

nlohmann::json to_json(const Evaluation& evaluation) {
  nlohmann::json rows = evaluation.rows;
  if (evaluation.numbers) {
    for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
      const EvaluationRow& row = evaluation.rows[i];
      for (const char* const key :
           {"probe_accuracy", "probe_deviation", "knn_accuracy", "knn_deviation"})
        rows[i].erase(key);
      rows[i]["r2"] = finite_or_null(row.r2);
      rows[i]["r2_deviation"] = finite_or_null(row.r2_deviation);
      rows[i]["mae"] = row.mae;
      rows[i]["mae_deviation"] = row.mae_deviation;
    }
  }
  nlohmann::json zero_shot;
  if (evaluation.zero_shot) zero_shot = *evaluation.zero_shot;
  return {{"classes", evaluation.classes},
          {"label", evaluation.label},
          {"numbers", evaluation.numbers},
          {"notes", evaluation.notes},
          {"precision", evaluation.precision},
          {"checkpoint", evaluation.checkpoint},
          {"cross_validated", evaluation.cross_validated},
          {"layer", evaluation.layer},
          {"rows", rows},
          {"confusion", evaluation.confusion},
          {"map", evaluation.map},
          {"neighbours", evaluation.neighbours},
          {"shown", evaluation.shown},
          {"retrieval", evaluation.retrieval},
          {"zero_shot", zero_shot},
          {"test_samples", evaluation.test_samples},
          {"train_samples", evaluation.train_samples},
          {"unreadable", unreadable_to_json(evaluation.unreadable)}};
}

namespace {

void check_rows(const std::vector<EvaluationRow>& rows) {
  for (const EvaluationRow& row : rows)
    check(std::ranges::count(feature_kinds, row.features) > 0,
          "features \"{}\" are unknown; they must be one of {}", row.features,
          fmt::join(feature_kinds, ", "));
}

void check_classes(const ZeroShot& zero_shot) {
  check(!zero_shot.classes.empty(), "\"zero_shot\" names no class; it must name at least one");
}

void check_sizes(const EmbeddingMap& map) {
  check(map.y.size() == map.x.size() && map.labels.size() == map.x.size(),
        "\"map\" has {} x, {} y and {} labels; there must be as many of each", map.x.size(),
        map.y.size(), map.labels.size());
}

void check_square(const std::vector<std::vector<std::int64_t>>& confusion) {
  for (std::size_t i = 0; i < confusion.size(); ++i)
    check(confusion[i].size() == confusion.size(),
          "row {} of \"confusion\" has {} columns; it must have {}, as many as rows", i,
          confusion[i].size(), confusion.size());
}

}  // namespace

Evaluation evaluation_from_json(const nlohmann::json& json) {
  check(json.is_object(), "an evaluation must be a JSON object");
  Evaluation evaluation;
  const auto read = [&](const char* key, auto& value, bool required = false) {
    const auto found = json.find(key);
    check(found != json.end() || !required, "an evaluation without the key \"{}\"", key);
    if (found == json.end() || (found->is_null() && !required)) return;
    try {
      found->get_to(value);
    } catch (const nlohmann::json::exception& exception) {
      fail("the key \"{}\" of an evaluation: {}", key, exception.what());
    }
  };
  read("classes", evaluation.classes);
  read("label", evaluation.label);
  read("numbers", evaluation.numbers);
  read("notes", evaluation.notes);
  read("precision", evaluation.precision);
  read("checkpoint", evaluation.checkpoint);
  read("cross_validated", evaluation.cross_validated);
  read("layer", evaluation.layer);
  read("rows", evaluation.rows, true);
  read("confusion", evaluation.confusion);
  read("map", evaluation.map);
  read("neighbours", evaluation.neighbours);
  read("shown", evaluation.shown);
  read("retrieval", evaluation.retrieval);
  ZeroShot zero_shot;
  read("zero_shot", zero_shot);
  if (!zero_shot.rows.empty()) evaluation.zero_shot = std::move(zero_shot);
  read("test_samples", evaluation.test_samples, true);
  read("train_samples", evaluation.train_samples, true);
  nlohmann::json unreadable = nlohmann::json::array();
  read("unreadable", unreadable);
  evaluation.unreadable = unreadable_from_json(unreadable);
  check_rows(evaluation.rows);
  check_sizes(evaluation.map);
  if (evaluation.zero_shot) check_classes(*evaluation.zero_shot);
  check_square(evaluation.confusion);
  return evaluation;
}

}  // namespace cmc::evaluation
