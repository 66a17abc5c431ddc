#include "cmc/report/results.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/report/figures.h"

namespace cmc::report {
namespace {

using nlohmann::json;

const std::vector<std::string>& known_features() {
  static const std::vector<std::string> names = {"learned", "raw", "untrained", "supervised"};
  return names;
}

/// JSON has no NaN: it is written as null.
double number(const json& value) {
  return value.is_null() ? std::nan("") : value.get<double>();
}

Result read_row(const json& row) {
  Result result;
  row.at("view").get_to(result.view);
  row.at("features").get_to(result.features);
  row.at("labels").get_to(result.labels);
  if (row.contains("r2")) {
    result.r2 = number(row.at("r2"));
    result.r2_deviation = number(row.at("r2_deviation"));
    row.at("mae").get_to(result.mae);
    row.at("mae_deviation").get_to(result.mae_deviation);
  } else {
    row.at("probe_accuracy").get_to(result.probe_accuracy);
    row.at("knn_accuracy").get_to(result.knn_accuracy);
    result.probe_deviation = row.value("probe_deviation", 0.0);
    result.knn_deviation = row.value("knn_deviation", 0.0);
  }
  result.seeds = row.value("seeds", 1);
  result.folds = row.value("folds", 0);
  return result;
}

}  // namespace

const Result* Results::find(const std::string& view, const std::string& wanted,
                            std::int64_t n) const {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Result& r) {
    return r.view == view && r.features == wanted && r.labels == n;
  });
  return row == rows.end() ? nullptr : &*row;
}

std::string Results::judged() const {
  if (!cross_validated) return count(test_samples) + " test samples";
  return fmt::format("{} samples in {} folds", count(test_samples),
                     rows.empty() ? 0 : rows.front().folds);
}

Results read_results(const json& evaluation) try {
  Results results;
  evaluation.at("train_samples").get_to(results.train_samples);
  evaluation.at("test_samples").get_to(results.test_samples);
  results.cross_validated = evaluation.value("cross_validated", false);
  results.numbers = evaluation.value("numbers", false);
  results.notes = evaluation.value("notes", std::vector<std::string>{});
  for (const json& row : evaluation.at("rows")) results.rows.push_back(read_row(row));
  for (const Result& row : results.rows) {
    if (std::find(results.views.begin(), results.views.end(), row.view) == results.views.end()) {
      results.views.push_back(row.view);
    }
    results.labels.push_back(row.labels);
  }
  std::stable_partition(results.views.begin(), results.views.end(),
                        [](const std::string& view) { return view == "all"; });
  std::sort(results.labels.begin(), results.labels.end());
  results.labels.erase(std::unique(results.labels.begin(), results.labels.end()),
                       results.labels.end());
  const auto& known = known_features();
  for (const Result& row : results.rows) {
    check(std::find(known.begin(), known.end(), row.features) != known.end(),
          "evaluation.json: features \"{}\" are unknown; they must be one of {}", row.features,
          fmt::join(known, ", "));
  }
  std::copy_if(known.begin(), known.end(), std::back_inserter(results.features),
               [&](const std::string& name) {
                 return std::any_of(results.rows.begin(), results.rows.end(),
                                    [&](const Result& row) { return row.features == name; });
               });
  return results;
} catch (const json::exception& error) {
  fail("evaluation.json: {}", error.what());
}

std::string r2_text(const Result& row) {
  const std::string mean = fixed(row.r2, 3);
  return row.repeats() > 1 ? mean + " ± " + fixed(row.r2_deviation, 3) : mean;
}

std::string mae_text(const Result& row) {
  const std::string mean = fmt::format("{:.4g}", row.mae);
  return row.repeats() > 1 ? fmt::format("{} ± {:.2g}", mean, row.mae_deviation) : mean;
}

std::string features_title(const std::string& features) {
  if (features == "learned") return "Learned";
  if (features == "raw") return "Raw values";
  if (features == "untrained") return "Untrained";
  return "Supervised";
}

}  // namespace cmc::report
