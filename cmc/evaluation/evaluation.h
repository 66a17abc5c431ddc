#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/unreadable.h"
#include "cmc/evaluation/zero_shot.h"

namespace cmc::evaluation {

/// One line of the table: how well classes, or numbers, are predicted from some features with some
/// labels. Accuracies are shares of the test part; all are means over the seeds, or the folds, with
/// their deviations (n − 1; 0 for one seed).
struct EvaluationRow {
  std::string view;      ///< a view's name, or "all": the views' features side by side
  std::string features;  ///< one of feature_kinds
  std::int64_t labels = 0;
  double probe_accuracy = 0;
  double probe_deviation = 0;
  double knn_accuracy = 0;
  double knn_deviation = 0;
  // In place of these, where labels are numbers, what ridge regression reaches.
  double r2 = 0;  ///< r_squared; NaN where that is
  double r2_deviation = 0;
  double mae = 0;  ///< mean_absolute_error, in the label's unit
  double mae_deviation = 0;
  int seeds = 1;
  int folds = 0;  ///< of a cross-validation; 0: a test part was judged

  /// What means and deviations are over.
  int repeats() const { return std::max(seeds, folds); }
};

/// Judged samples on a plane.
struct EmbeddingMap {
  std::vector<std::int64_t> rows;  ///< data::Dataset::row
  std::vector<std::int64_t> labels;
  std::vector<double> x;
  std::vector<double> y;
  std::string view;
  std::string method;
};

/// A judged sample as seen in view `from`, and those that are nearest to it as seen in view `to`,
/// by their rows (data::Dataset::row).
struct CrossViewNeighbours {
  std::int64_t query = 0;
  std::string from;
  std::string to;
  std::vector<std::int64_t> found;
};

/// Retrieval: how well samples seen in view `from` find themselves seen in view `to`, among those
/// judged that have both: by the largest cosine of embeddings.
struct RetrievalRow {
  std::string from;
  std::string to;
  double recall_at_1 = 0;   ///< share whose own partner is the nearest
  double recall_at_5 = 0;   ///< among the first 5
  double recall_at_10 = 0;  ///< among the first 10
  double median_rank = 0;   ///< of the own partner; 1 is the first
  /// Share of those with a label for which, among these, a sample of their class comes first; NaN
  /// without classes.
  double class_at_1 = 0;
  std::int64_t candidates = 0;
};

/// What is known of a sample that `neighbours` names.
struct ShownSample {
  std::int64_t row = 0;  ///< data::Dataset::row
  std::string name;      ///< data::Dataset::name
  std::string label;     ///< its class, or the number that labels it; empty where it has none
};

/// The kinds of features that are judged, in the order in which they are shown.
inline const std::vector<std::string> feature_kinds = {"learned", "raw", "untrained", "supervised"};

/// What was judged of a run.
struct Evaluation {
  std::vector<std::string> classes;
  std::string label;     ///< the manifest's column of the labels where it isn't the recipe's
  bool numbers = false;  ///< whether labels are numbers, and rows hold R² and MAE
  /// Notes on the figures, a sentence each: why there is no probe, which
  /// classes no probe could know.
  std::vector<std::string> notes;
  std::string precision = "fp32";  ///< "fp32" or "bf16": what the judged encoders ran in
  /// Whether there was no test part: probes were judged by folds of the training part, and map,
  /// neighbours and retrieval are of it, of samples that the encoders were trained on.
  bool cross_validated = false;
  std::string checkpoint = "last";  ///< of the run, whose weights were judged
  std::string layer;                ///< that all but raw features are of; empty: the representation
  std::vector<EvaluationRow> rows;
  /// Row: true class, column: predicted; the learned representation of all views, all labels.
  std::vector<std::vector<std::int64_t>> confusion;
  EmbeddingMap map;
  std::vector<CrossViewNeighbours> neighbours;
  std::vector<ShownSample> shown;  ///< the samples that neighbours name, each once
  std::vector<RetrievalRow> retrieval;
  std::optional<ZeroShot> zero_shot;  ///< where it was asked for
  /// That the probes were judged by, of the training part if cross-validated; without a probe,
  /// those that retrieval is of.
  std::int64_t test_samples = 0;
  std::int64_t train_samples = 0;
  /// Samples of either part that could not be read and were left out, and values that count as
  /// missing for it (Loader::unreadable, Dataset::unreadable), each once; without their indices.
  std::vector<data::UnreadableSample> unreadable;
};

nlohmann::json to_json(const Evaluation& evaluation);

/// The reverse of to_json. Throws Error that names the key that is missing, of a wrong type or of
/// another size than its fellows; those that earlier versions did not write may be missing.
Evaluation evaluation_from_json(const nlohmann::json& json);

}  // namespace cmc::evaluation
