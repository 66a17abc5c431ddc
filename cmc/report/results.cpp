#include "cmc/report/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/report/figures.h"
#include "cmc/with_commas.h"

namespace cmc::report {

using evaluation::EvaluationRow;

Results::Results(const evaluation::Evaluation& whole) : evaluation(whole) {
  for (const EvaluationRow& row : evaluation.rows) {
    if (std::ranges::count(views, row.view) == 0) views.push_back(row.view);
    labels.push_back(row.labels);
  }
  // A view that samples lack has fewer labels to fit with: its own are all, too.
  if (std::ranges::count(evaluation.rows, evaluation.train_samples, &EvaluationRow::labels) > 0)
    std::erase_if(labels, [&](std::int64_t n) {
      return n != evaluation.train_samples && is_all_of_a_view(n);
    });
  std::ranges::stable_partition(views, [](const std::string& view) { return view == "all"; });
  std::ranges::sort(labels);
  const auto repeated = std::ranges::unique(labels);
  labels.erase(repeated.begin(), repeated.end());
  for (const std::string& kind : evaluation::feature_kinds)
    if (std::ranges::count(evaluation.rows, kind, &EvaluationRow::features) > 0)
      features.push_back(kind);
}

const EvaluationRow* Results::find(const std::string& view, const std::string& wanted,
                                   std::int64_t n) const {
  const auto row = std::ranges::find_if(evaluation.rows, [&](const EvaluationRow& r) {
    return r.view == view && r.features == wanted && r.labels == n;
  });
  if (row != evaluation.rows.end()) return &*row;
  if (n != evaluation.train_samples) return nullptr;
  const auto own = std::ranges::find_if(evaluation.rows, [&](const EvaluationRow& r) {
    return r.view == view && r.features == wanted && std::ranges::count(labels, r.labels) == 0;
  });
  return own == evaluation.rows.end() ? nullptr : &*own;
}

bool Results::is_all_of_a_view(std::int64_t n) const {
  return std::ranges::none_of(evaluation.rows, [&](const EvaluationRow& r) {
    return r.labels == n && std::ranges::any_of(evaluation.rows, [&](const EvaluationRow& other) {
             return other.view == r.view && other.labels > n;
           });
  });
}

std::string Results::judged() const {
  if (!evaluation.cross_validated) return with_commas(evaluation.test_samples) + " test samples";
  return fmt::format("{} samples in {} folds", with_commas(evaluation.test_samples),
                     evaluation.rows.empty() ? 0 : evaluation.rows.front().folds);
}

std::string r2_text(const EvaluationRow& row) {
  const std::string mean = fixed(row.r2, 3);
  return row.repeats() > 1 ? mean + " ± " + fixed(row.r2_deviation, 3) : mean;
}

std::string mae_text(const EvaluationRow& row) {
  const std::string mean = fmt::format("{:.4g}", row.mae);
  return row.repeats() > 1 ? fmt::format("{} ± {:.2g}", mean, row.mae_deviation) : mean;
}

std::string interval_text(const evaluation::ZeroShotRow& row) {
  return percent(row.low) + " to " + percent(row.high);
}

std::string features_title(const std::string& features) {
  if (features == "learned") return "Learned";
  if (features == "raw") return "Raw values";
  if (features == "untrained") return "Untrained";
  return "Supervised";
}

}  // namespace cmc::report
