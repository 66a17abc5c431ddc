#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/evaluation/evaluate_options.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/features.h"

namespace cmc::evaluation {

/// What is judged by labels: features of one kind, of which views.
struct ProbeTask {
  std::string kind;                ///< EvaluationRow::features
  std::vector<std::string> views;  ///< names, as many as the features' representations
  std::int64_t classes = 0;        ///< K; 0 where labels are numbers (Features::targets)
  /// How many labels probes have; 0: all. Counts beyond all are left out.
  std::vector<std::int64_t> label_counts = {0};
};

/// Rows of the table with what else the same probes showed.
struct ProbeRows {
  std::vector<EvaluationRow> rows;
  /// Of all views with all labels and the first seed (confusion_matrix); empty where labels are
  /// numbers.
  std::vector<std::vector<std::int64_t>> confusion;
};

/// Fits probes on the training part's features and judges them by the test part's: for each view,
/// on the samples that have it, and for all views side by side, with each number of labels; by a
/// linear probe and k nearest neighbours, or by ridge regression where labels are numbers. A view
/// that no sample of a part has, and "all" of a single view, have no row. With fewer than all
/// labels, each seed draws its own (stratified_subset).
ProbeRows probe_rows(const ProbeTask& task, const FeatureParts& parts,
                     const EvaluateOptions& options);

/// One row a view from those of all folds: means over the folds with their deviations (n − 1), and
/// the sum of their confusions. Views stand in the order in which they are met.
ProbeRows mean_over_folds(const std::vector<ProbeRows>& folds);

}  // namespace cmc::evaluation
