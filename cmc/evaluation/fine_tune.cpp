#include "cmc/evaluation/fine_tune.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/data/loader.h"
#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/supervised.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {
namespace {

/// The samples of a part that have a label, `count` of them, balanced; 0: all.
std::shared_ptr<const data::Dataset> with_labels(const std::shared_ptr<const data::Dataset>& part,
                                                 std::string_view name, std::int64_t count,
                                                 std::uint64_t seed) {
  std::shared_ptr<const data::Dataset> having = data::labelled(part);
  check(having->size() > 0,
        "no sample of the {} part has a label: fine-tuning is fitted to training labels and "
        "evaluated on test labels (data.held_out, data.part, …)",
        name);
  if (count == 0 || count == having->size()) return having;
  const at::Tensor labels = at::empty({having->size()}, at::kLong);
  for (std::int64_t i = 0; i < having->size(); ++i)
    labels.data_ptr<std::int64_t>()[i] = having->label(i);
  const at::Tensor chosen = stratified_subset(labels, count, seed);
  const auto* const first = chosen.data_ptr<std::int64_t>();
  return std::make_shared<data::Subset>(having,
                                        std::vector<std::int64_t>(first, first + chosen.size(0)));
}

}  // namespace

FineTuneResult fine_tune(std::vector<encoders::Encoder>& encoders,
                         const std::shared_ptr<const data::Dataset>& train,
                         const std::shared_ptr<const data::Dataset>& test,
                         const std::shared_ptr<const data::Transform>& training_transform,
                         const std::shared_ptr<const data::Transform>& evaluation_transform,
                         const FineTuneOptions& options) {
  check(!train->has_targets(),
        "the labels are numbers, and fine-tuning learns classes (data.label_kind = "
        "\"classes\" makes each number a class)");
  const auto own = with_labels(train, "training", options.labels, options.seed);
  const auto judged = with_labels(test, "test", 0, options.seed);
  const auto classes = static_cast<std::int64_t>(train->classes().size());
  const auto report = [&](const std::string& what) {
    return [&options, what](double share) {
      if (options.progress) options.progress(what, share);
    };
  };
  FineTuneResult result{.labels = own->size(), .test_samples = judged->size(), .unreadable = {}};
  const auto features = [&](const std::shared_ptr<const data::Dataset>& part) {
    data::Loader loader(
        part, evaluation_transform,
        {.batch_size = 256, .shuffle = false, .drop_last = false, .workers = options.workers});
    Features found = extract_features(encoders, loader,
                                      {.device = options.device, .progress = report("features")});
    add_unreadable(result.unreadable, loader.unreadable());
    return found;
  };
  const auto accuracy = [&] {
    const Features seen = features(own), unseen = features(judged);
    const std::vector<at::Tensor> means = seen.means();
    return fit_linear_probe(seen.all(means), seen.labels, classes, options.probe)
        .accuracy(unseen.all(means), unseen.labels);
  };

  result.accuracy_before = accuracy();
  data::Loader loader(own, training_transform,
                      {.batch_size = std::min(options.batch_size, own->size()),
                       .workers = options.workers,
                       .seed = options.seed});
  const auto training = report("tuning");
  encoders = train_supervised(std::move(encoders), loader,
                              {.steps = options.steps,
                               .classes = classes,
                               .learning_rate = options.learning_rate,
                               .encoder_factor = options.encoder_factor,
                               .device = options.device,
                               .bfloat16 = options.bfloat16,
                               .progress = [&](double share, double) { training(share); }});
  add_unreadable(result.unreadable, loader.unreadable());
  result.accuracy_after = accuracy();
  return result;
}

}  // namespace cmc::evaluation
