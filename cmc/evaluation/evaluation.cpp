#include "cmc/evaluation/evaluation.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EvaluationRow, view, features, labels, probe_accuracy,
                                   probe_deviation, knn_accuracy, knn_deviation, seeds, folds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EmbeddingMap, indices, labels, x, y, view, method)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CrossViewNeighbours, query, from, to, found)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RetrievalRow, from, to, recall_at_1, recall_at_5, recall_at_10,
                                   median_rank, class_at_1, candidates)

nlohmann::json to_json(const Evaluation& evaluation) {
  return {{"classes", evaluation.classes},
          {"label", evaluation.label},
          {"checkpoint", evaluation.checkpoint},
          {"cross_validated", evaluation.cross_validated},
          {"layer", evaluation.layer},
          {"rows", evaluation.rows},
          {"confusion", evaluation.confusion},
          {"map", evaluation.map},
          {"neighbours", evaluation.neighbours},
          {"retrieval", evaluation.retrieval},
          {"test_samples", evaluation.test_samples},
          {"train_samples", evaluation.train_samples},
          {"unreadable", unreadable_to_json(evaluation.unreadable)}};
}

Evaluation evaluation_from_json(const nlohmann::json& json) {
  Evaluation evaluation;
  const auto reading = [&](const char* key, const auto& take) {
    try {
      take(json.at(key));
    } catch (const nlohmann::json::exception& exception) {
      fail("the key \"{}\" of an evaluation: {}", key, exception.what());
    }
  };
  const auto read = [&](const char* key, auto& value) {
    check(json.is_object() && json.contains(key), "an evaluation without the key \"{}\"", key);
    reading(key, [&](const nlohmann::json& found) { found.get_to(value); });
  };
  read("classes", evaluation.classes);
  read("rows", evaluation.rows);
  read("confusion", evaluation.confusion);
  read("map", evaluation.map);
  read("neighbours", evaluation.neighbours);
  read("retrieval", evaluation.retrieval);
  read("test_samples", evaluation.test_samples);
  read("train_samples", evaluation.train_samples);
  if (json.contains("layer")) read("layer", evaluation.layer);
  if (json.contains("label")) read("label", evaluation.label);
  if (json.contains("checkpoint")) read("checkpoint", evaluation.checkpoint);
  if (json.contains("cross_validated")) read("cross_validated", evaluation.cross_validated);
  if (json.contains("unreadable"))
    reading("unreadable", [&](const nlohmann::json& found) {
      evaluation.unreadable = unreadable_from_json(found);
    });
  return evaluation;
}

}  // namespace cmc::evaluation
