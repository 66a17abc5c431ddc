#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::EvaluationRow;
using nlohmann::json;

std::string view_title(const std::string& view) {
  return view == "all" ? "All views together" : view;
}

std::string labels_title(const Results& results, std::int64_t labels) {
  return labels == results.evaluation.train_samples ? "all " + with_commas(labels)
                                                    : with_commas(labels);
}

/// How much of its track a bar fills: an R² below 0 or that can't be told none.
double bar_share(const Results& results, const EvaluationRow& row) {
  if (!results.evaluation.numbers) return row.probe_accuracy;
  return std::isfinite(row.r2) ? std::clamp(row.r2, 0.0, 1.0) : 0;
}

/// One view's bars: a group for each number of labels, in it a bar for each kind of features.
json bars(const Results& results, const std::string& view) {
  json groups = json::array();
  for (const std::int64_t labels : results.labels) {
    json group = {{"labels", labels_title(results, labels)}, {"bars", json::array()}};
    for (const std::string& features : results.features) {
      const EvaluationRow* row = results.find(view, features, labels);
      if (!row) continue;
      if (labels == results.evaluation.train_samples)
        group["labels"] = "all " + with_commas(row->labels);
      group["bars"].push_back(
          {{"kind", features},
           {"title", features_title(features)},
           {"width", fixed(100 * bar_share(results, *row), 2)},
           {"value",
            results.evaluation.numbers ? fixed(row->r2, 3) : percent(row->probe_accuracy)}});
    }
    if (!group["bars"].empty()) groups.push_back(std::move(group));
  }
  return groups;
}

template <class Cell>
json table(const Results& results, const std::string& view, const Cell& cell) {
  json lines = json::array();
  for (const std::string& features : results.features) {
    json line = {{"kind", features}, {"title", features_title(features)}, {"cells", json::array()}};
    bool any = false;
    for (const std::int64_t labels : results.labels) {
      const EvaluationRow* row = results.find(view, features, labels);
      any = any || row;
      line["cells"].push_back(row ? cell(*row) : "–");
    }
    if (any) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

json probe_section(const Results& results) {
  json section = {{"judged", results.judged()},
                  {"columns", json::array()},
                  {"span", results.labels.size() + 1},
                  {"views", json::array()}};
  for (const std::int64_t labels : results.labels) {
    section["columns"].push_back(labels_title(results, labels));
  }
  bool first = true;
  for (const std::string& view : results.views) {
    section["views"].push_back({{"view", view},
                                {"id", fmt::format("view-{}", section["views"].size())},
                                {"view_title", view_title(view)},
                                {"first", first},
                                {"groups", bars(results, view)},
                                {"probe", table(results, view,
                                                [&](const EvaluationRow& r) {
                                                  if (results.evaluation.numbers) return r2_text(r);
                                                  return percent(r.probe_accuracy,
                                                                 r.probe_deviation, r.repeats());
                                                })},
                                {"beside", table(results, view, [&](const EvaluationRow& r) {
                                   if (results.evaluation.numbers) return mae_text(r);
                                   return percent(r.knn_accuracy, r.knn_deviation, r.repeats());
                                 })}});
    first = false;
  }
  section["numbers"] = results.evaluation.numbers;
  section["several_views"] = results.views.size() > 1;
  const EvaluationRow row =
      results.evaluation.rows.empty() ? EvaluationRow{} : results.evaluation.rows.front();
  section["repeats"] = row.repeats() == 1
                           ? std::string("one seed")
                           : fmt::format("{} {}, mean ± standard deviation", row.repeats(),
                                         row.folds > 0 ? "folds" : "seeds");
  return section;
}

}  // namespace cmc::report
