#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/open.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/hard_negatives.h"
#include "cmc/training/model.h"
#include "cmc/training/trainer.h"
#include "cmc/views/visible_transform.h"

namespace cmc::runs {

class RunFolder;
struct TrainingStatistics;

/// A recipe brought to life: its data opened and its views made.
struct Setup {
  data::Splits data;
  /// The share of the tables' numbers that the training part lacks.
  double missing_numbers = 0;
  std::shared_ptr<const views::VisibleTransform> train_transform;
  std::shared_ptr<const views::VisibleTransform> evaluate_transform;
  /// One a view.
  std::vector<encoders::EncoderOptions> encoders;
  /// For each view the first that evaluation shows the same of: its own place but where
  /// augmentation alone makes views differ (views::first_alike).
  std::vector<std::size_t> alike;
  /// Of views that are learned.
  std::optional<views::LearnedOptions> learned = {};
  /// Of the training part.
  HardNegatives hard_negatives = {};
  /// Whether batches bring them, and not a memory bank.
  bool batches_bring_hard_negatives = false;

  /// Of what is measured between views of held-out samples: of evaluation, or, where views are
  /// alike there, of training with draws of its own (views::redrawn).
  std::shared_ptr<const data::Transform> measuring_transform() const;

  /// The places of the views that are judged, one by one: all but those that are like another and
  /// have its encoder too.
  std::vector<std::size_t> judged_views() const;

  training::TrainingData training_data(const training::TrainOptions& options,
                                       std::uint64_t seed) const;

  /// The same without files of weights to start from: for a model that a checkpoint fills.
  Setup without_weights() const;
};

/// Opens the data and makes the transforms. Relative paths are taken from the current folder.
///
/// What the views need to know of the training part (shapes, means, deviations, categories) is
/// measured; with a run it is kept there, and taken from there where it is, so that what is
/// evaluated and deployed sees values as training did.
Setup set_up(const recipe::Recipe& recipe);
Setup set_up(const recipe::Recipe& recipe, const RunFolder& run);
/// With what another process has measured.
Setup set_up(const recipe::Recipe& recipe, const TrainingStatistics& statistics);

/// Encoders with weights drawn from the recipe's seed plus `seed_offset`, or those of the files
/// that its encoders name. `loaded`, where given, gets a line for each such file:
/// load_pretrained's.
std::vector<encoders::Encoder> make_encoders(const recipe::Recipe& recipe, const Setup& setup,
                                             std::uint64_t seed_offset = 0,
                                             std::vector<std::string>* loaded = nullptr);

/// The model with its weights as make_encoders has them.
training::Model make_model(const recipe::Recipe& recipe, const Setup& setup,
                           std::vector<std::string>* loaded = nullptr);

}  // namespace cmc::runs
