#include "cmc/report/summary.h"

#include <nlohmann/json.hpp>
#include <vector>

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

}  // namespace

std::string summary(const nlohmann::json& evaluation) {
  const Results results = read_results(evaluation);
  const std::string of = "accuracy in % of " + count(results.test_samples) + " test samples";
  return "Linear probe, " + of + "\n" +
         table(results,
               [](const Result& row) {
                 return percent(row.probe_accuracy, row.probe_deviation, row.seeds);
               }) +
         "\nNearest neighbours, " + of + "\n" + table(results, [](const Result& row) {
           return percent(row.knn_accuracy, row.knn_deviation, row.seeds);
         });
}

}  // namespace cmc::report
