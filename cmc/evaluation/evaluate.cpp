#include "cmc/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/evaluation/cross_view.h"
#include "cmc/evaluation/folds.h"
#include "cmc/evaluation/judged_by_names.h"
#include "cmc/evaluation/judged_features.h"
#include "cmc/evaluation/probe_notes.h"
#include "cmc/evaluation/probe_rows.h"
#include "cmc/evaluation/shown_samples.h"
#include "cmc/evaluation/side_by_side.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// Retrieval, classes by their names, neighbours and map of all judged samples, by their learned
/// embeddings.
void describe(Evaluation& evaluation, JudgedFeatures& features, const Features& judged,
              const EvaluateInput& input, const EvaluateOptions& options) {
  const data::Dataset& part = *features.judged_part();
  const std::vector<std::string> views = data::view_names(*input.evaluation_transform);
  // The strata of numbers are no classes to be found or drawn.
  const auto classed = [&](Features all) {
    if (features.numbers()) all.labels = at::full_like(all.labels, data::no_label);
    return all;
  };
  const bool other_views =
      input.contrasted && input.contrasted->transform != input.evaluation_transform;
  const Features contrasted = other_views ? features.contrasted() : judged;
  if (!distributed::is_first(options.group)) return;
  if (options.zero_shot)
    evaluation.zero_shot = judged_by_names(zero_shot_task(input, options), judged, input, options);
  const bool drawn = labelled(judged.labels).size(0) >= least_mapped_samples;
  if (options.progress && drawn) options.progress("map", 0);
  side_by_side(2, [&](std::int64_t i) {
    const at::NoGradGuard no_grad;
    if (i == 0) {
      evaluation.map = embedding_map(classed(judged), part, views, options.map_samples,
                                     options.seed, options.map);
      return;
    }
    ShownNeighbours shown = shown_neighbours(judged, part, views, options.neighbour_queries,
                                             options.neighbours_found, options.seed);
    evaluation.neighbours = std::move(shown.neighbours);
    evaluation.shown = std::move(shown.samples);
    evaluation.retrieval = retrieve_across_views(
        classed(contrasted), other_views ? data::view_names(*input.contrasted->transform) : views);
  });
  if (options.progress && drawn) options.progress("map", 1);
}

/// The parts that probes learn from and are judged by: one pair where there is a test part, else
/// one a fold, made when it is asked for, since each holds all features again.
class JudgedParts {
 public:
  JudgedParts(const JudgedFeatures& features, FeatureParts parts)
      : parts_(std::move(parts)),
        fold_(features.cross_validated() ? features.folds(parts_.train) : at::Tensor()) {}

  std::int64_t size() const { return fold_.defined() ? fold_.max().item<std::int64_t>() + 1 : 1; }

  FeatureParts get(std::int64_t i) const {
    return fold_.defined() ? parts_of_fold(parts_.train, fold_, i) : parts_;
  }

  /// Of get(i) the labels of the judged samples that are not among those to learn from.
  std::vector<std::int64_t> unknown(std::int64_t i) const {
    if (!fold_.defined()) return unknown_labels(parts_.train.labels, parts_.test.labels);
    const at::Tensor labels = parts_.train.labels, judged = fold_.eq(i);
    return unknown_labels(labels.masked_select(judged.logical_not()), labels.masked_select(judged));
  }

  std::int64_t judged_samples() const { return parts_.test.labels.size(0); }
  std::int64_t train_samples() const { return parts_.train.labels.size(0); }

 private:
  FeatureParts parts_;
  at::Tensor fold_;  // int64 [N]
};

/// Which judged samples are of classes that their probe never saw.
std::string note_of(const JudgedParts& parts, const std::vector<std::string>& classes) {
  std::vector<std::int64_t> unknown;
  for (std::int64_t i = 0; i < parts.size(); ++i)
    std::ranges::copy(parts.unknown(i), std::back_inserter(unknown));
  return unknown_classes_note(parts.judged_samples(), unknown, classes);
}

/// The rows of one kind of features.
ProbeRows rows_of_kind(const std::string& kind, const JudgedParts& parts,
                       const JudgedFeatures& features, const EvaluateInput& input,
                       const EvaluateOptions& options) {
  const ProbeTask task = {
      .kind = kind,
      .views = data::view_names(*input.evaluation_transform),
      .classes = features.numbers() ? 0 : static_cast<std::int64_t>(input.train->classes().size()),
      .label_counts =
          features.cross_validated() ? std::vector<std::int64_t>{0} : options.label_counts};
  if (!features.cross_validated()) return probe_rows(task, parts.get(0), options);
  std::vector<ProbeRows> folds;
  for (std::int64_t i = 0; i < parts.size(); ++i)
    folds.push_back(probe_rows(task, parts.get(i), options));
  return mean_over_folds(folds);
}

/// Whether there are features of this kind: folds would each need a supervised training of their
/// own, and two samples are the least for one.
bool can_be_made(const std::string& kind, const JudgedFeatures& features,
                 const EvaluateInput& input) {
  if (kind == "supervised" && (features.cross_validated() || features.labelled_train().size() < 2))
    return false;
  return (kind != "supervised" && kind != "untrained") || input.make_fresh;
}

void judge(Evaluation& evaluation, JudgedFeatures& features, const EvaluateInput& input,
           const EvaluateOptions& options) {
  bool first = true;
  for (const std::string& kind : options.features) {
    if (!can_be_made(kind, features, input)) continue;
    Features judged;
    if (kind == "learned") {
      judged = features.learned();
      describe(evaluation, features, judged, input, options);
    }
    FeatureParts made = features.parts(kind, judged);
    if (!distributed::is_first(options.group)) continue;
    const JudgedParts parts(features, std::move(made));
    evaluation.train_samples = parts.train_samples();
    evaluation.test_samples = parts.judged_samples();
    if (std::exchange(first, false) && !features.numbers())
      if (std::string note = note_of(parts, evaluation.classes); !note.empty())
        evaluation.notes.push_back(std::move(note));
    ProbeRows found = rows_of_kind(kind, parts, features, input, options);
    std::ranges::move(found.rows, std::back_inserter(evaluation.rows));
    if (kind == "learned") evaluation.confusion = std::move(found.confusion);
  }
}

}  // namespace

Evaluation evaluate(const EvaluateInput& input, const EvaluateOptions& options) {
  check(input.train && input.test && input.evaluation_transform, "an evaluation needs both parts");
  check(options.folds > 1, "folds = {}: it must be at least 2", options.folds);
  check(options.seeds > 0, "seeds = {}: it must be at least 1", options.seeds);
  check(std::ranges::all_of(options.label_counts, [](auto n) { return n >= 0; }),
        "label_counts = {}: each must be positive, or 0 for all", options.label_counts);
  if (!options.layer.empty()) check_layer(input.encoders, options.layer);
  if (options.zero_shot) zero_shot_task(input, options);  // before any work

  JudgedFeatures features(input, options);
  Evaluation evaluation;
  evaluation.classes = input.train->classes();
  evaluation.layer = options.layer;
  evaluation.cross_validated = features.cross_validated();
  evaluation.numbers = features.numbers();
  evaluation.precision = options.bfloat16 ? "bf16" : "fp32";
  std::string why =
      why_no_probe(features.labelled_train(), features.labelled_test(), features.cross_validated());
  if (why.empty()) {
    judge(evaluation, features, input, options);
  } else {
    evaluation.notes.push_back(std::move(why));
    const Features judged = features.learned();
    evaluation.test_samples = judged.labels.size(0);
    evaluation.train_samples = input.train->size();
    describe(evaluation, features, judged, input, options);
  }
  evaluation.unreadable = features.unreadable();
  return evaluation;
}

}  // namespace cmc::evaluation
