#include "cmc/evaluation/small_probe.h"

#include <ATen/ATen.h>

#include "cmc/data/loader.h"
#include "cmc/data/subset.h"
#include "cmc/evaluation/features.h"

namespace cmc::evaluation {
namespace {

using DatasetPointer = std::shared_ptr<const data::Dataset>;

/// With the numbers that label them, where labels are numbers.
Features with_targets(Features features, const data::Dataset& samples) {
  if (!samples.has_targets()) return features;
  features.targets = at::empty({features.indices.size(0)}, at::kDouble);
  for (std::int64_t i = 0; i < features.indices.size(0); ++i)
    features.targets.data_ptr<double>()[i] =
        samples.target(features.indices.data_ptr<std::int64_t>()[i]);
  return features;
}

/// Every second sample to learn from, the others to judge by.
FeatureParts halves(const Features& features) {
  const std::int64_t n = features.labels.size(0);
  return {select(features, at::arange(0, n, 2, at::kLong)),
          select(features, at::arange(1, n, 2, at::kLong))};
}

}  // namespace

struct SmallProbe::Parts {
  DatasetPointer train, test;  ///< test: null where there is none
  EncodedViews judged;
  SmallProbeOptions options;

  Features features(const DatasetPointer& samples) {
    data::Loader loader(samples, judged.transform,
                        {.batch_size = std::min<std::int64_t>(256, samples->size()),
                         .shuffle = false,
                         .drop_last = false,
                         .workers = options.workers});
    return with_targets(extract_features(judged.encoders, loader,
                                         {.device = options.device, .bfloat16 = options.bfloat16}),
                        *samples);
  }
};

SmallProbe::SmallProbe(const DatasetPointer& train, const DatasetPointer& test, EncodedViews judged,
                       const SmallProbeOptions& options)
    : parts_(new Parts{.train = data::spread(data::labelled(train), options.samples),
                       .test = nullptr,
                       .judged = std::move(judged),
                       .options = options}) {
  if (test && test->size() > 0) parts_->test = data::spread(data::labelled(test), options.samples);
}

SmallProbe::~SmallProbe() = default;

training::ProbeFigures SmallProbe::ask() {
  const at::NoGradGuard no_grad;
  const SmallProbeOptions& options = parts_->options;
  const Features learned = parts_->features(parts_->train);
  const FeatureParts parts =
      parts_->test ? FeatureParts{learned, parts_->features(parts_->test)} : halves(learned);
  const std::vector<at::Tensor> means = parts.train.means();
  const at::Tensor fitted = parts.train.all(means), judged = parts.test.all(means);
  training::ProbeFigures figures{
      .numbers = parts_->train->has_targets(), .labels = fitted.size(0), .judged = judged.size(0)};
  if (figures.numbers) {
    figures.linear =
        r_squared(fit_ridge_regression(fitted, parts.train.targets, options.ridge).predict(judged),
                  parts.test.targets);
    return figures;
  }
  const auto classes = static_cast<std::int64_t>(parts_->train->classes().size());
  const at::Tensor& labels = parts.test.labels;
  figures.linear =
      fit_linear_probe(fitted, parts.train.labels, classes, options.probe).accuracy(judged, labels);
  figures.neighbours = knn_predict(fitted, parts.train.labels, judged, classes, options.knn)
                           .eq(labels)
                           .to(at::kDouble)
                           .mean()
                           .item<double>();
  return figures;
}

}  // namespace cmc::evaluation
