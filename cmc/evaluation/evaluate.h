#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/encoders/encoder.h"
#include "cmc/evaluation/encoded_views.h"
#include "cmc/evaluation/evaluate_options.h"
#include "cmc/evaluation/evaluation.h"

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
/// Where the options ask for it, classes are found by their names too (judged_by_names).
///
/// Retrieval across views, neighbours and map are of every judged sample, with a label or without.
/// Where nothing can be fitted or evaluated, since one part has no labels, or all are the same,
/// there is no probe, and Evaluation::notes says why.
///
/// Labels serve here alone; the probe's penalty is chosen within the labelled subset of the
/// training part, never by the test part. Throws Error where an option is wrong; UsageError as
/// check_layer and zero_shot_task do.
Evaluation evaluate(const EvaluateInput& input, const EvaluateOptions& options = {});

}  // namespace cmc::evaluation
