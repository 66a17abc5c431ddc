#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/evaluation/evaluation.h"

namespace cmc::report {

/// The rows of an evaluation as tables have them: by view, kind of features and number of labels.
struct Results {
  /// Keeps a reference.
  explicit Results(const evaluation::Evaluation& evaluation);

  const evaluation::Evaluation& evaluation;
  std::vector<std::string> views;     // "all" first, then as the rows have them
  std::vector<std::string> features;  // of evaluation::feature_kinds, those that there are
  std::vector<std::int64_t> labels;   // ascending; all of them as evaluation.train_samples alone

  /// "10,000 test samples", "200 samples in 5 folds".
  std::string judged() const;
  /// The row for these three; null where the evaluation has none. Of all labels, the row with as
  /// many as the view has.
  const evaluation::EvaluationRow* find(const std::string& view, const std::string& features,
                                        std::int64_t labels) const;

 private:
  /// Whether n labels are the most of each view that has a row for them.
  bool is_all_of_a_view(std::int64_t n) const;
};

/// What ridge regression reaches in a row, with the deviation where it is a mean over several: R²
/// as "0.871 ± 0.012", "–" where it can't be told, and the mean absolute error as "1.25 ± 0.1".
std::string r2_text(const evaluation::EvaluationRow& row);
std::string mae_text(const evaluation::EvaluationRow& row);

/// Where the accuracy by names lies, in percent: "61.2 to 65.0".
std::string interval_text(const evaluation::ZeroShotRow& row);

/// What a person calls features: "raw" is "Raw values".
std::string features_title(const std::string& features);

}  // namespace cmc::report
