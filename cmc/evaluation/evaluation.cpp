#include "cmc/evaluation/evaluation.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/error.h"

namespace cmc::evaluation {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EvaluationRow, view, features, labels, probe_accuracy,
                                   probe_deviation, knn_accuracy, knn_deviation, seeds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EmbeddingMap, indices, labels, x, y, view, method)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CrossViewNeighbours, query, from, to, found)

nlohmann::json to_json(const Evaluation& evaluation) {
  return {{"classes", evaluation.classes},
          {"rows", evaluation.rows},
          {"confusion", evaluation.confusion},
          {"map", evaluation.map},
          {"neighbours", evaluation.neighbours},
          {"test_samples", evaluation.test_samples},
          {"train_samples", evaluation.train_samples}};
}

Evaluation evaluation_from_json(const nlohmann::json& json) {
  Evaluation evaluation;
  const auto read = [&](const char* key, auto& value) {
    check(json.is_object() && json.contains(key), "an evaluation without the key \"{}\"", key);
    try {
      json.at(key).get_to(value);
    } catch (const nlohmann::json::exception& exception) {
      fail("the key \"{}\" of an evaluation: {}", key, exception.what());
    }
  };
  read("classes", evaluation.classes);
  read("rows", evaluation.rows);
  read("confusion", evaluation.confusion);
  read("map", evaluation.map);
  read("neighbours", evaluation.neighbours);
  read("test_samples", evaluation.test_samples);
  read("train_samples", evaluation.train_samples);
  return evaluation;
}

std::string table(const Evaluation& evaluation) {
  std::size_t width = 4;
  for (const EvaluationRow& row : evaluation.rows) width = std::max(width, row.view.size());
  std::string text = fmt::format("{:<{}}  {:<10}  {:>7}  {:>14}  {:>14}\n", "view", width,
                                 "features", "labels", "linear probe", "k-NN");
  const auto percent = [](double mean, double deviation, int seeds) {
    return seeds > 1 ? fmt::format("{:.2f} ± {:.2f} %", 100 * mean, 100 * deviation)
                     : fmt::format("{:.2f} %", 100 * mean);
  };
  for (const EvaluationRow& row : evaluation.rows) {
    text += fmt::format("{:<{}}  {:<10}  {:>7}  {:>14}  {:>14}\n", row.view, width, row.features,
                        row.labels, percent(row.probe_accuracy, row.probe_deviation, row.seeds),
                        percent(row.knn_accuracy, row.knn_deviation, row.seeds));
  }
  return text;
}

}  // namespace cmc::evaluation
