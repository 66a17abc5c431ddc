#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/encoders/encoder.h"
#include "cmc/evaluation/encoded_views.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/knn.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/evaluation/map.h"
#include "cmc/evaluation/ridge_regression.h"
#include "cmc/evaluation/supervised.h"

namespace cmc::evaluation {

/// What is evaluated.
struct EvaluateInput {
  std::vector<encoders::Encoder> encoders;  ///< trained, one a view, on the options' device
  /// Freshly initialised encoders of the same make, for the baselines; null: without these.
  std::function<std::vector<encoders::Encoder>()> make_fresh;
  std::shared_ptr<const data::Dataset> train;
  /// Without samples: judged by cross-validation on the training part.
  std::shared_ptr<const data::Dataset> test;
  std::shared_ptr<const data::Transform> evaluation_transform;
  std::shared_ptr<const data::Transform> training_transform;  ///< of the supervised baseline
  /// Between which retrieval looks, where they are not the judged views (runs::judged_views):
  /// augmented ones as runs::Setup::measuring_transform makes them. Unset: the judged views.
  std::optional<EncodedViews> contrasted = {};
  std::int64_t steps = 1000;         ///< of the run, and so of the supervised baseline
  std::int64_t batch_size = 256;     ///< likewise
  bool trained_in_bfloat16 = false;  ///< likewise
};

struct EvaluateOptions {
  /// Of "learned", "raw", "untrained" and "supervised", in the order of the rows.
  std::vector<std::string> features = {"learned", "raw", "untrained", "supervised"};
  /// Where in the encoders all but raw features are taken (FeatureOptions::layer); empty: the
  /// representation.
  std::string layer = {};
  /// How many labels the probes have; 0: all. Counts beyond all are left out.
  std::vector<std::int64_t> label_counts = {100, 600, 6000, 0};
  /// How many subsets of labels are drawn for each count; with all labels they differ in the split
  /// that chooses the probe's penalty alone.
  int seeds = 1;
  std::uint64_t seed = 0;
  LinearProbeOptions probe = {};
  RidgeOptions ridge = {};  ///< where labels are numbers
  KnnOptions knn = {};
  MapOptions map = {};
  std::int64_t map_samples = 2000;  ///< 0: no map
  std::int64_t neighbour_queries = 12;
  std::int64_t neighbours_found = 6;
  /// Of the cross-validation where there is no test part; as many as there are groups of samples
  /// where those are fewer.
  int folds = 5;
  double supervised_learning_rate = 1e-3;
  at::Device device = at::kCPU;
  /// Whether the judged encoders run under bfloat16 autocast. What is embedded and exported runs in
  /// float32, so that figures are of the same vectors without it.
  bool bfloat16 = false;
  int workers = 0;
  /// Told what is under way ("learned: features of the training part") and its share, 0 … 1.
  std::function<void(const std::string& what, double share)> progress = nullptr;
};

/// Judges representations by a linear probe and by k nearest neighbours on the test part, or, where
/// labels are numbers (data::Dataset::has_targets), by ridge regression, for each view alone and
/// for all together, beside baselines measured alike:
///
/// - raw: the views' own values (raw_features);
/// - untrained: freshly initialised encoders, their batch norms' statistics either as initialised
/// or calibrated on
///   the training part (calibrate_batch_norms), whichever the probe on all views does better with;
/// - supervised: freshly initialised encoders trained with all labels for as many steps as the run.
///
/// Where the test part has no samples, the training part is cut into folds that hold each class
/// alike and tear no group apart (deal_folds), each is predicted by a probe fitted to the others,
/// with all labels, and a row's accuracy and deviation are over the folds; the supervised baseline,
/// which would have seen every label, is left out.
///
/// Retrieval across views, neighbours and map are of every judged sample, with a label or without.
/// Where nothing can be fitted or evaluated, since one part has no labels, or all are the same,
/// there is no probe, and Evaluation::notes says why.
///
/// Labels serve here alone; the probe's penalty is chosen within the labelled subset of the
/// training part, never by the test part. Throws Error where an option is wrong; UsageError as
/// check_layer does.
Evaluation evaluate(const EvaluateInput& input, const EvaluateOptions& options = {});

}  // namespace cmc::evaluation
