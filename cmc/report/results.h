#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cmc::report {

/// One row of evaluation.json: how well the class, or the number that is the label, is predicted
/// from some features of a view.
struct Result {
  std::string view;      // a view's name, or "all": every view's features side by side
  std::string features;  // "learned", "raw", "untrained" or "supervised"
  std::int64_t labels = 0;
  double probe_accuracy = 0, probe_deviation = 0;  // shares; mean and deviation
  double knn_accuracy = 0, knn_deviation = 0;
  double r2 = 0, r2_deviation = 0;    // of numbers; NaN where it is undefined
  double mae = 0, mae_deviation = 0;  // in the label's unit
  int seeds = 1;
  int folds = 0;  // 0: no cross-validation

  /// What means and deviations are over.
  int repeats() const { return std::max(seeds, folds); }
};

/// The rows of an evaluation, in the order of the file, and what they have in common.
struct Results {
  std::vector<Result> rows;
  std::vector<std::string> views;     // "all" first, then as the file has them
  std::vector<std::string> features;  // learned, raw, untrained, supervised: those that there are
  std::vector<std::int64_t> labels;   // ascending
  std::int64_t train_samples = 0;
  std::int64_t test_samples = 0;
  /// Whether the labels are numbers, and rows have R² and MAE.
  bool numbers = false;
  /// What a person should know of the figures, a sentence each.
  std::vector<std::string> notes;
  /// Whether the judged samples are those of the training part, fold by fold.
  bool cross_validated = false;

  /// "10,000 test samples", "200 samples in 5 folds".
  std::string judged() const;
  /// The row for these three; null where the evaluation has none.
  const Result* find(const std::string& view, const std::string& features,
                     std::int64_t labels) const;
};

/// Reads an evaluation's "rows", "train_samples" and "test_samples". Throws Error that names a
/// missing or mistyped key.
Results read_results(const nlohmann::json& evaluation);

/// What ridge regression reaches in a row, with the deviation where it is a mean over several: R²
/// as "0.871 ± 0.012", "–" where it is undefined, and the mean absolute error as "1.25 ± 0.1".
std::string r2_text(const Result& row);
std::string mae_text(const Result& row);

/// What a person calls features: "raw" is "Raw values".
std::string features_title(const std::string& features);

}  // namespace cmc::report
