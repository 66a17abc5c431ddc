#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cmc/evaluation/evaluate.h"
#include "cmc/evaluation/features.h"

namespace cmc::evaluation {

/// Makes the features that an evaluation judges. Where labels are numbers, Features::labels are the
/// fifths of the training part's numbers that they fall into, which stand for classes where labels
/// are drawn or dealt out, and Features::targets the numbers.
class JudgedFeatures {
 public:
  /// Both are kept by reference.
  JudgedFeatures(const EvaluateInput& input, const EvaluateOptions& options);

  /// Whether there is no test part, so that the training part is judged too, fold by fold.
  bool cross_validated() const { return cross_validated_; }
  /// Whether labels are numbers.
  bool numbers() const { return numbers_; }
  /// The samples of either part that have a label.
  const data::Dataset& labelled_train() const { return *train_.samples; }
  const data::Dataset& labelled_test() const { return *test_.samples; }
  /// The part that is judged, with the samples that have no label.
  const std::shared_ptr<const data::Dataset>& judged_part() const;

  /// The learned features of every judged sample, with a label or without.
  Features learned();
  /// The learned embeddings of the same samples in the views that were contrasted, which may be
  /// more than the judged ones (EvaluateInput::contrasted).
  Features contrasted();
  /// Features of the samples with a label: "learned", for which `judged` is what learned() gave,
  /// "raw", "untrained" or "supervised". Without a test part both parts are the training part.
  /// Throws Error for another kind.
  FeatureParts parts(const std::string& kind, const Features& judged);

  /// Folds of a cross-validation over samples of the training part (deal_folds).
  at::Tensor folds(const Features& features) const;

  /// Samples that could not be read, each once. All processes of a group call it.
  std::vector<data::UnreadableSample> unreadable() const;

 private:
  /// The samples with a label, and where they stand in the whole part.
  struct Labelled {
    std::vector<std::int64_t> indices;
    std::shared_ptr<const data::Dataset> samples;
  };
  static Labelled labelled_part(const std::shared_ptr<const data::Dataset>& part);

  Features of_part(const std::string& kind, std::vector<encoders::Encoder> encoders,
                   const std::shared_ptr<const data::Dataset>& part, const char* name);
  Features of_labelled(const std::string& kind, const std::vector<encoders::Encoder>& encoders,
                       const Labelled& part, const char* name);
  FeatureParts of_both(const std::string& kind, const std::vector<encoders::Encoder>& encoders);
  FeatureParts untrained();
  std::vector<encoders::Encoder> fresh() const;
  std::vector<encoders::Encoder> supervised() const;
  double probe_score(const FeatureParts& parts) const;
  void add_targets(Features& features, const data::Dataset& part);
  bool is_first() const;
  data::LoaderOptions loader_options() const;
  data::LoaderOptions shared_loader_options() const;
  FeatureOptions feature_options(const std::string& what) const;
  const char* judged_name() const { return cross_validated_ ? "training" : "test"; }

  const EvaluateInput& input_;
  const EvaluateOptions& options_;
  bool numbers_;
  bool cross_validated_;
  Labelled train_, test_;
  at::Tensor cuts_;  // between the fifths
  std::vector<data::UnreadableSample> unreadable_;
};

}  // namespace cmc::evaluation
