#include "cmc/evaluation/evaluation.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {
namespace {

/// A number that JSON may lack: null is NaN.
double number_or_nan(const nlohmann::json& value) {
  return value.is_null() ? std::nan("") : value.get<double>();
}

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace

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
  json.at("seeds").get_to(row.seeds);
  json.at("folds").get_to(row.folds);
  if (json.contains("r2")) {
    row.r2 = number_or_nan(json.at("r2"));
    row.r2_deviation = number_or_nan(json.at("r2_deviation"));
    json.at("mae").get_to(row.mae);
    json.at("mae_deviation").get_to(row.mae_deviation);
    return;
  }
  json.at("probe_accuracy").get_to(row.probe_accuracy);
  json.at("probe_deviation").get_to(row.probe_deviation);
  json.at("knn_accuracy").get_to(row.knn_accuracy);
  json.at("knn_deviation").get_to(row.knn_deviation);
}

void to_json(nlohmann::json& json, const RetrievalRow& row) {
  json = {{"from", row.from},
          {"to", row.to},
          {"recall_at_1", row.recall_at_1},
          {"recall_at_5", row.recall_at_5},
          {"recall_at_10", row.recall_at_10},
          {"median_rank", row.median_rank},
          {"class_at_1", finite(row.class_at_1)},
          {"candidates", row.candidates}};
}

void from_json(const nlohmann::json& json, RetrievalRow& row) {
  json.at("from").get_to(row.from);
  json.at("to").get_to(row.to);
  json.at("recall_at_1").get_to(row.recall_at_1);
  json.at("recall_at_5").get_to(row.recall_at_5);
  json.at("recall_at_10").get_to(row.recall_at_10);
  json.at("median_rank").get_to(row.median_rank);
  row.class_at_1 = number_or_nan(json.at("class_at_1"));
  json.at("candidates").get_to(row.candidates);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EmbeddingMap, rows, labels, x, y, view, method)
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
      rows[i]["r2"] = finite(row.r2);
      rows[i]["r2_deviation"] = finite(row.r2_deviation);
      rows[i]["mae"] = row.mae;
      rows[i]["mae_deviation"] = row.mae_deviation;
    }
  }
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
          {"test_samples", evaluation.test_samples},
          {"train_samples", evaluation.train_samples},
          {"unreadable", unreadable_to_json(evaluation.unreadable)}};
}

Evaluation evaluation_from_json(const nlohmann::json& json) {
  Evaluation evaluation;
  const auto reading = [&](const char* key, const auto& take) {
    check(json.is_object() && json.contains(key), "an evaluation without the key \"{}\"", key);
    try {
      take(json.at(key));
    } catch (const nlohmann::json::exception& exception) {
      fail("the key \"{}\" of an evaluation: {}", key, exception.what());
    }
  };
  const auto read = [&](const char* key, auto& value) {
    reading(key, [&](const nlohmann::json& found) { found.get_to(value); });
  };
  read("classes", evaluation.classes);
  read("label", evaluation.label);
  read("numbers", evaluation.numbers);
  read("notes", evaluation.notes);
  read("precision", evaluation.precision);
  read("checkpoint", evaluation.checkpoint);
  read("cross_validated", evaluation.cross_validated);
  read("layer", evaluation.layer);
  read("rows", evaluation.rows);
  read("confusion", evaluation.confusion);
  read("map", evaluation.map);
  read("neighbours", evaluation.neighbours);
  read("shown", evaluation.shown);
  read("retrieval", evaluation.retrieval);
  read("test_samples", evaluation.test_samples);
  read("train_samples", evaluation.train_samples);
  reading("unreadable", [&](const nlohmann::json& found) {
    evaluation.unreadable = unreadable_from_json(found);
  });
  return evaluation;
}

}  // namespace cmc::evaluation
