#include "cmc/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/report/figures.h"
#include "cmc/report/results.h"
#include "cmc/report/text_table.h"

namespace cmc::report {
namespace {

template <class Cell>
std::string table(const Results& results, const Cell& cell) {
  std::vector<std::vector<std::string>> lines = {{"view", "features"}};
  for (const std::int64_t labels : results.labels) {
    lines[0].push_back(count(labels) + (labels == 1 ? " label" : " labels"));
  }
  for (const std::string& view : results.views) {
    bool first = true;
    for (const std::string& features : results.features) {
      std::vector<std::string> line = {first ? view : "", features};
      bool any = false;
      for (const std::int64_t labels : results.labels) {
        const Result* row = results.find(view, features, labels);
        any = any || row;
        line.push_back(row ? cell(*row) : "–");
      }
      if (!any) continue;
      lines.push_back(std::move(line));
      first = false;
    }
  }
  return text_table(lines, 2);
}

/// Whether it was told how often a sample's class is found: null or NaN where classes are unknown.
bool tells_class(const nlohmann::json& row) {
  const auto found = row.find("class_at_1");
  return found != row.end() && found->is_number() && std::isfinite(found->get<double>());
}

/// Five rows a view that asks, or four where classes are unknown, and a column a view that answers.
std::string retrieval_table(const nlohmann::json& rows) {
  const bool classes = std::any_of(rows.begin(), rows.end(), tells_class);
  std::vector<std::string> views;
  for (const auto& row : rows)
    for (const char* key : {"from", "to"})
      if (!std::count(views.begin(), views.end(), row.at(key).get<std::string>()))
        views.push_back(row.at(key));
  std::vector<std::vector<std::string>> lines = {{"from", ""}};
  for (const std::string& view : views) lines[0].push_back(view);
  for (const std::string& from : views) {
    struct Figure {
      const char *title, *key;
      double unit;
    };
    constexpr Figure figures[] = {{"recall@1", "recall_at_1", 100},
                                  {"recall@5", "recall_at_5", 100},
                                  {"recall@10", "recall_at_10", 100},
                                  {"median rank", "median_rank", 1},
                                  {"class@1", "class_at_1", 100}};
    for (const Figure& figure : figures) {
      if (!classes && std::string_view(figure.key) == "class_at_1") continue;
      std::vector<std::string> line = {&figure == figures ? from : "", figure.title};
      for (const std::string& to : views) {
        const auto found = std::find_if(rows.begin(), rows.end(), [&](const nlohmann::json& row) {
          return row.at("from") == from && row.at("to") == to;
        });
        line.push_back(found == rows.end() || !found->at(figure.key).is_number()
                           ? "–"
                           : fixed(figure.unit * found->at(figure.key).get<double>(), 1));
      }
      lines.push_back(std::move(line));
    }
  }
  return text_table(lines, 2);
}

}  // namespace

std::string summary(const nlohmann::json& evaluation) try {
  const Results results = read_results(evaluation);
  const nlohmann::json retrieval = evaluation.value("retrieval", nlohmann::json::array());
  std::int64_t candidates = 0;
  for (const auto& row : retrieval)
    candidates = std::max(candidates, row.at("candidates").get<std::int64_t>());
  const std::string across =
      retrieval.empty()
          ? ""
          : fmt::format("\nRetrieval across views, recall in % of {} {}\n", count(candidates),
                        results.cross_validated ? "samples, which training saw" : "test samples") +
                retrieval_table(retrieval);
  std::string notes;
  for (const std::string& note : results.notes) notes += note + "\n";
  if (results.views.empty()) return notes + across;
  if (!notes.empty()) notes = "\n" + notes;
  const std::string layer = evaluation.value("layer", "");
  const std::string where =
      results.judged() +
      (layer.empty() ? "" : fmt::format(", at layer \"{}\" of the encoders", layer));
  if (results.numbers)
    return "Ridge regression, R² on " + where + "\n" + table(results, r2_text) +
           "\nRidge regression, mean absolute error on " + where + "\n" + table(results, mae_text) +
           notes + across;
  const std::string of = "accuracy in % of " + where;
  return "Linear probe, " + of + "\n" +
         table(results,
               [](const Result& row) {
                 return percent(row.probe_accuracy, row.probe_deviation, row.repeats());
               }) +
         "\nNearest neighbours, " + of + "\n" +
         table(results,
               [](const Result& row) {
                 return percent(row.knn_accuracy, row.knn_deviation, row.repeats());
               }) +
         notes + across;
} catch (const nlohmann::json::exception& error) {
  fail("evaluation.json: {}", error.what());
}

}  // namespace cmc::report
