#include "cmc/evaluation/judged_features.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cmc/data/subset.h"
#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/evaluation/folds.h"
#include "cmc/evaluation/shared_features.h"
#include "cmc/evaluation/side_by_side.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/supervised.h"
#include "cmc/evaluation/unreadable.h"
#include "cmc/evaluation/values.h"

namespace cmc::evaluation {
namespace {

// Numbers are cut into so many parts of equal size by their order.
constexpr std::int64_t strata = 5;

at::Tensor targets_of(const data::Dataset& dataset) {
  at::Tensor targets = at::empty({dataset.size()}, at::kDouble);
  for (std::int64_t i = 0; i < dataset.size(); ++i)
    targets.data_ptr<double>()[i] = dataset.target(i);
  return targets;
}

Features with_labels(const Features& features) {
  const at::Tensor kept = labelled(features.labels);
  if (kept.size(0) == features.labels.size(0)) return features;
  return select(features, kept);
}

bool are_alike(const Features& a, const Features& b) {
  return std::ranges::equal(a.representations, b.representations,
                            [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
}

}  // namespace

JudgedFeatures::JudgedFeatures(const EvaluateInput& input, const EvaluateOptions& options)
    : input_(input),
      options_(options),
      numbers_(input.train->has_targets()),
      cross_validated_(input.test->size() == 0),
      train_(labelled_part(input.train)),
      test_(labelled_part(input.test)) {}

JudgedFeatures::Labelled JudgedFeatures::labelled_part(
    const std::shared_ptr<const data::Dataset>& part) {
  std::vector<std::int64_t> indices = data::labelled_indices(*part);
  auto samples = std::make_shared<data::Subset>(part, indices);
  return {std::move(indices), std::move(samples)};
}

const std::shared_ptr<const data::Dataset>& JudgedFeatures::judged_part() const {
  return cross_validated_ ? input_.train : input_.test;
}

Features JudgedFeatures::learned() {
  return of_part("learned", input_.encoders, judged_part(), judged_name());
}

Features JudgedFeatures::contrasted() {
  const EncodedViews& views = *input_.contrasted;
  data::Loader samples(judged_part(), views.transform, shared_loader_options());
  std::vector<encoders::Encoder> encoders = views.encoders;
  FeatureOptions options = feature_options("learned: features of augmented views");
  options.layer.clear();  // embeddings alone are asked for
  return extract_features(encoders, samples, options);
}

FeatureParts JudgedFeatures::parts(const std::string& kind, const Features& judged) {
  if (kind == "learned") {
    Features test = with_labels(judged);
    if (cross_validated_) return {test, test};
    return {of_labelled("learned", input_.encoders, train_, "training"), std::move(test)};
  }
  if (kind == "raw") return of_both(kind, {});
  if (kind == "untrained") return untrained();
  check(kind == "supervised",
        "features = \"{}\": each must be learned, raw, untrained or supervised", kind);
  return of_both(kind, supervised());
}

at::Tensor JudgedFeatures::folds(const Features& features) const {
  std::vector<std::string> groups;
  for (const std::int64_t i : values_of<std::int64_t>(features.indices))
    groups.push_back(input_.train->group(i));
  return deal_folds(features.labels, groups, options_.folds, options_.seed);
}

std::vector<data::UnreadableSample> JudgedFeatures::unreadable() const {
  std::vector<data::UnreadableSample> samples = unreadable_;
  for (const auto& part : {input_.train, input_.test}) add_unreadable(samples, part->unreadable());
  return of_all(options_.group, samples);
}

Features JudgedFeatures::of_part(const std::string& kind, std::vector<encoders::Encoder> encoders,
                                 const std::shared_ptr<const data::Dataset>& part,
                                 const char* name) {
  data::Loader samples(part, input_.evaluation_transform, shared_loader_options());
  const FeatureOptions options =
      feature_options(fmt::format("{}: features of the {} part", kind, name));
  Features features =
      kind == "raw" ? raw_features(samples, options) : extract_features(encoders, samples, options);
  add_unreadable(unreadable_, samples.unreadable());
  if (numbers_) add_targets(features, *part);
  return features;
}

Features JudgedFeatures::of_labelled(const std::string& kind,
                                     const std::vector<encoders::Encoder>& encoders,
                                     const Labelled& part, const char* name) {
  Features features = of_part(kind, encoders, part.samples, name);
  features.indices = at::tensor(part.indices).index_select(0, features.indices);
  return features;
}

FeatureParts JudgedFeatures::of_both(const std::string& kind,
                                     const std::vector<encoders::Encoder>& encoders) {
  Features train = of_labelled(kind, encoders, train_, "training");
  Features test = cross_validated_ ? train : of_labelled(kind, encoders, test_, "test");
  return {std::move(train), std::move(test)};
}

// The better of the two is the baseline, so that it is no straw man.
FeatureParts JudgedFeatures::untrained() {
  std::vector<encoders::Encoder> encoders = fresh();
  FeatureParts plain = of_both("untrained", encoders);
  if (is_first()) {  // whose weights the others take
    data::LoaderOptions shuffled = loader_options();
    shuffled.shuffle = true;
    data::Loader samples(train_.samples, input_.evaluation_transform, shuffled);
    calibrate_batch_norms(encoders, samples, 20,
                          {.device = options_.device, .bfloat16 = options_.bfloat16});
  }
  FeatureParts calibrated = of_both("untrained", encoders);
  // There is no batch norm, or nothing is judged here.
  if (!is_first() || are_alike(plain.train, calibrated.train)) return plain;
  const std::array<const FeatureParts*, 2> both = {&plain, &calibrated};
  std::array<double, 2> scores{};
  side_by_side(2, [&](std::int64_t i) { scores[i] = probe_score(*both[i]); });
  return scores[0] > scores[1] ? std::move(plain) : std::move(calibrated);
}

/// What a probe on all views reaches with at most 6,000 labels; without a test part, on one fold.
double JudgedFeatures::probe_score(const FeatureParts& whole) const {
  const FeatureParts parts =
      cross_validated_ ? parts_of_fold(whole.train, folds(whole.train), 0) : whole;
  const std::int64_t n = std::min<std::int64_t>(6000, parts.train.labels.size(0));
  const at::Tensor chosen = stratified_subset(parts.train.labels, n, options_.seed);
  const std::vector<at::Tensor> means = parts.train.means();
  const at::Tensor fitted = parts.train.all(means).index_select(0, chosen);
  if (numbers_)
    return r_squared(
        fit_ridge_regression(fitted, parts.train.targets.index_select(0, chosen), options_.ridge)
            .predict(parts.test.all(means)),
        parts.test.targets);
  const auto classes = static_cast<std::int64_t>(input_.train->classes().size());
  return fit_linear_probe(fitted, parts.train.labels.index_select(0, chosen), classes,
                          options_.probe)
      .accuracy(parts.test.all(means), parts.test.labels);
}

std::vector<encoders::Encoder> JudgedFeatures::fresh() const {
  std::vector<encoders::Encoder> encoders = input_.make_fresh();
  for (encoders::Encoder& encoder : encoders) encoder->to(options_.device);
  return encoders;
}

std::vector<encoders::Encoder> JudgedFeatures::supervised() const {
  if (!is_first()) return fresh();  // which take rank 0's weights
  data::Loader samples(train_.samples, input_.training_transform,
                       {.batch_size = std::min(input_.batch_size, train_.samples->size()),
                        .workers = options_.workers,
                        .seed = options_.seed});
  return train_supervised(fresh(), samples,
                          {.steps = input_.steps,
                           .classes = static_cast<std::int64_t>(input_.train->classes().size()),
                           .targets = numbers_ ? targets_of(*train_.samples) : at::Tensor(),
                           .learning_rate = options_.supervised_learning_rate,
                           .device = options_.device,
                           .bfloat16 = input_.trained_in_bfloat16,
                           .progress = [this](double share, double) {
                             if (options_.progress)
                               options_.progress("supervised: training", share);
                           }});
}

/// The numbers that label these samples of `part`, and the strata that they fall into.
void JudgedFeatures::add_targets(Features& features, const data::Dataset& part) {
  features.targets = targets_of(part).index_select(0, features.indices);
  if (!cuts_.defined() && train_.samples->size() > 0) {
    const at::Tensor sorted = std::get<0>(targets_of(*train_.samples).sort());
    cuts_ = sorted.index_select(
        0, (at::arange(1, strata, at::kLong) * sorted.size(0)).div(strata, "floor"));
  }
  const at::Tensor known = features.targets.isnan().logical_not();
  const at::Tensor stratum = cuts_.defined()
                                 ? at::bucketize(features.targets.nan_to_num(), cuts_, false, true)
                                 : at::zeros_like(features.labels);
  features.labels = at::where(known, stratum, at::full_like(features.labels, data::no_label));
}

bool JudgedFeatures::is_first() const {
  return distributed::is_first(options_.group);
}

data::LoaderOptions JudgedFeatures::shared_loader_options() const {
  return shared_out(loader_options(), options_.group);
}

data::LoaderOptions JudgedFeatures::loader_options() const {
  return {.batch_size = input_.batch_size,
          .shuffle = false,
          .drop_last = false,
          .workers = options_.workers,
          .seed = options_.seed};
}

FeatureOptions JudgedFeatures::feature_options(const std::string& what) const {
  return {.device = options_.device,
          .bfloat16 = options_.bfloat16,
          .layer = options_.layer,
          .progress =
              [this, what](double share) {
                if (options_.progress) options_.progress(what, share);
              },
          .group = options_.group};
}

}  // namespace cmc::evaluation
