#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "cmc/advice/sweep.h"
#include "cmc/error.h"
#include "studies/study_recipe.h"

namespace cmc::studies {
namespace {

/// Where negatives come from, and a setting for each k.
struct NegativeSource {
  const char* name;
  std::vector<advice::Setting> settings;
};

NegativeSource bank(const StudyOptions& options) {
  const std::int64_t all = training_samples(options) - 1;
  std::vector<std::int64_t> ks = {16, 64, 256, 1024, 4096};
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

NegativeSource queue(const StudyOptions& options) {
  std::vector<std::int64_t> lengths = {16, 64, 256, 1024, 4096};
  if (options.quick) lengths = {16, 1024};
  const std::int64_t samples = training_samples(options);
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

}  // namespace

void run_negatives(advice::Notebook& notebook, const StudyOptions& options) {
  check(training_samples(options) > 17, "{} training samples: 17 negatives or more are compared",
        training_samples(options));
  const std::vector<NegativeSource> sources = {bank(options), queue(options)};
  const double bits = 1 / std::numbers::ln2;
  advice::Figure accuracy{.name = "accuracy",
                          .title = "Linear probe against the negatives of training",
                          .x_label = "k of training",
                          .y_label = "accuracy, %",
                          .logarithmic_x = true,
                          .series = {}};
  advice::Figure bound{.name = "bound",
                       .title = "What the halves share at least, held out",
                       .x_label = "k of training",
                       .y_label = "bits",
                       .logarithmic_x = true,
                       .series = {}};
  for (const auto& [name, settings] : sources) {
    advice::sweep(notebook, settings, sweep_options(options));
    accuracy.series.push_back(advice::curve(notebook, settings, "k", "probe_all", name, 100));
    bound.series.push_back(advice::curve(notebook, settings, "k", "bound_nats", name, bits));
  }
  notebook.add(accuracy);
  notebook.add(bound);
  for (const auto& [name, settings] : sources) {
    const nlohmann::json &fewest = settings.front().key, &most = settings.back().key;
    const std::string compared =
        fmt::format("k = {} against {}", most.at("k").dump(), fewest.at("k").dump());
    const auto shared = advice::difference(notebook.rows(), most, fewest, "bound_nats");
    notebook.conclude(
        {fmt::format("{}: more negatives give a larger held-out bound.", name),
         fmt::format("{}: {} bits more", compared, advice::plus_minus(shared, 2, bits)),
         advice::positive(shared)});
    const auto gain = advice::difference(notebook.rows(), most, fewest, "probe_all");
    notebook.conclude(
        {fmt::format("{}: more negatives give a better representation.", name),
         fmt::format("{}: {} points of accuracy more", compared, advice::plus_minus(gain, 2, 100)),
         advice::positive(gain)});
  }
}

}  // namespace cmc::studies
