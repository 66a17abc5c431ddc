#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/advice/sweep.h"
#include "cmc/error.h"
#include "cmc/information/units.h"
#include "cmc/training/budget.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claim (Tian et al. 2019, arXiv 1906.05849, section 3.4, and I(z₁; z₂) ≥ log k − L): more
// negatives give a larger held-out bound and a better representation, wherever they come from.
// What counts, pre-registered, of the most negatives against the fewest of each source: 0.1 bits of
// the bound, 0.5 points of accuracy. Below what counts a claim does not hold. Five seeds: 0.4
// points of deviation of a difference between seeds give an interval of ± 0.5. The budget is the
// recipe's, the same number of samples seen for every setting. A bank's vectors are renewed once an
// epoch: with fewer than some tens of epochs its negatives are stale, which is not the claim's
// fault.
//
// Larger batches are also fewer steps: the learning rate grows with the square root of the batch,
// Adam's rule (Malladi et al. 2022, arXiv 2205.10287, here with β and the weight decay as they
// are), and the warm-up takes the same share of the samples. Of the three sources the batch alone
// confounds the two.

namespace cmc::studies {
namespace {

using information::bits_per_nat;

constexpr double least_bits = 0.1, least_accuracy = 0.005;  // that count

/// Where negatives come from, and a setting for each k.
struct NegativeSource {
  const char* name;
  std::vector<advice::Setting> settings;
};

NegativeSource bank(const StudyOptions& options, std::int64_t samples) {
  const std::int64_t all = samples - 1;
  std::vector<std::int64_t> ks = {16, 64, 256, 1024, 4096, 16384};
  if (options.quick) ks = {16, 256};
  std::erase_if(ks, [&](std::int64_t k) { return k >= all; });
  ks.push_back(all);
  NegativeSource source{"bank", {}};
  for (const std::int64_t k : ks) {
    advice::Setting& setting = source.settings.emplace_back(
        advice::Setting{{{"negatives", "bank"}, {"k", k}}, short_recipe(options)});
    setting.recipe.contrast.negatives = recipe::NegativesKind::bank;
    setting.recipe.contrast.k = k == all ? -1 : k;
    setting.recipe.contrast.draw = contrast::MemoryBankOptions::Draw::shared;
  }
  return source;
}

NegativeSource queue(const StudyOptions& options, std::int64_t samples) {
  std::vector<std::int64_t> lengths = {16, 64, 256, 1024, 4096};
  if (options.quick) lengths = {16, 1024};
  std::erase_if(lengths, [&](std::int64_t length) { return length > samples; });
  NegativeSource source{"queue", {}};
  for (const std::int64_t length : lengths) {
    advice::Setting& setting = source.settings.emplace_back(
        advice::Setting{{{"negatives", "queue"}, {"k", length}}, short_recipe(options)});
    setting.recipe.contrast.negatives = recipe::NegativesKind::queue;
    setting.recipe.contrast.queue_length = length;
  }
  return source;
}

/// The recipe with a batch of `batch` samples a step: as many samples seen, in all and in the
/// warm-up (to half a step), and a learning rate that grows with the batch's square root.
recipe::Recipe with_batch(recipe::Recipe recipe, std::int64_t samples, std::int64_t batch) {
  const training::Budget budget = training::budget_of(recipe.train, samples);
  const double larger =
      static_cast<double>(batch) / static_cast<double>(budget.accumulate * budget.batch_size);
  const auto in_batches = [&](std::int64_t steps) {
    return std::llround(static_cast<double>(steps) / larger);
  };
  recipe.train.batch_size = batch;
  recipe.train.accumulate = 1;
  recipe.train.steps = std::max<std::int64_t>(1, in_batches(budget.steps));
  recipe.train.optimizer.learning_rate *= std::sqrt(larger);
  recipe.train.schedule.warmup_steps = in_batches(recipe.train.schedule.warmup_steps);
  recipe.contrast.temperature_steps =
      std::max<std::int64_t>(1, in_batches(recipe.contrast.temperature_steps));
  return recipe;
}

NegativeSource batch(const StudyOptions& options, std::int64_t samples) {
  std::vector<std::int64_t> sizes = {32, 128, 512, 2048};
  if (options.quick) sizes = {32, 512};
  std::erase_if(sizes, [&](std::int64_t size) { return size > samples; });
  NegativeSource source{"batch", {}};
  for (const std::int64_t size : sizes) {
    advice::Setting& setting = source.settings.emplace_back(
        advice::Setting{{{"negatives", "batch"}, {"k", size - 1}},
                        with_batch(short_recipe(options), samples, size)});
    setting.recipe.contrast.negatives = recipe::NegativesKind::batch;
  }
  return source;
}

}  // namespace

void run_negatives(advice::Notebook& notebook, const StudyOptions& options) {
  const std::int64_t samples = training_samples(options);
  check(samples >= 128, "{} training samples: negatives of batches of 32 and of 128 are compared",
        samples);
  const std::vector<NegativeSource> sources = {bank(options, samples), queue(options, samples),
                                               batch(options, samples)};
  advice::Figure accuracy{.name = "accuracy",
                          .title = "Linear probe against the negatives of training",
                          .x_label = "k of training",
                          .y_label = "accuracy, %",
                          .logarithmic_x = true,
                          .series = {}};
  advice::Figure bound{.name = "bound",
                       .title = "What two views share at least, held out",
                       .x_label = "k of training",
                       .y_label = "bits",
                       .logarithmic_x = true,
                       .series = {}};
  for (const auto& [name, settings] : sources) {
    advice::sweep(notebook, settings, sweep_options(options));
    accuracy.series.push_back(advice::curve(notebook, settings, "k", "probe_all", name, 100));
    bound.series.push_back(
        advice::curve(notebook, settings, "k", "bound_nats", name, bits_per_nat));
  }
  notebook.add(accuracy);
  notebook.add(bound);
  for (const auto& [name, settings] : sources) {
    const nlohmann::json &fewest = settings.front().key, &most = settings.back().key;
    const std::string compared =
        fmt::format("k = {} against {}", most.at("k").dump(), fewest.at("k").dump());
    const auto shared = advice::difference(notebook.rows(), most, fewest, "bound_nats");
    notebook.conclude(
        verdict_on_gains(fmt::format("{}: more negatives give a larger held-out bound.", name),
                         fmt::format("{}: {} bits more, where {} count", compared,
                                     advice::plus_minus(shared, 2, bits_per_nat), least_bits),
                         {shared}, least_bits / bits_per_nat, bits_per_nat));
    const auto gain = advice::difference(notebook.rows(), most, fewest, "probe_all");
    notebook.conclude(
        verdict_on_gains(fmt::format("{}: more negatives give a better representation.", name),
                         fmt::format("{}: {} points of accuracy more, where {} count", compared,
                                     advice::plus_minus(gain, 2, 100), 100 * least_accuracy),
                         {gain}, least_accuracy, 100));
  }
}

}  // namespace cmc::studies
