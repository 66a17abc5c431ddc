#include "benchmarks/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "benchmarks/timing.h"
#include "benchmarks/trained_steps.h"
#include "cmc/advice/fingerprint.h"
#include "cmc/advice/judge.h"
#include "cmc/advice/notebook.h"
#include "cmc/advice/sweep.h"
#include "cmc/error.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/processor.h"
#include "cmc/runs/judged_views.h"
#include "cmc/training/budget.h"

namespace cmc::benchmarks {
namespace {

using nlohmann::json;

/// Throws UsageError unless CIFAR-10 is there.
data::DataOptions cifar10(const std::filesystem::path& folder) {
  if (folder.empty())
    throw UsageError("learn: give the folder of CIFAR-10's binary files: --data FOLDER");
  return {.format = "cifar10", .root = std::filesystem::weakly_canonical(folder).string()};
}

data::Splits opened(const data::DataOptions& options) {
  try {
    return data::open(options);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

double steps_per_second(advice::Notebook& notebook, const recipe::Recipe& recipe,
                        const advice::SweepOptions& sweeping, const LearnOptions& options) {
  json key =
      advice::key_of({.key = {{"pace_of", recipe.name}}, .recipe = recipe}, recipe.seed, sweeping);
  key["timed_steps"] = options.timed_steps;
  return notebook
      .row(key,
           [&]() -> json {
             const TrainedSteps timed =
                 train_steps(recipe, options.timed_steps, options.first_steps);
             return {{"steps_per_second", static_cast<double>(timed.steps) / timed.seconds}};
           })
      .at("steps_per_second");
}

/// As `cmc evaluate` does: no view twice, its probe, its draws.
json judge(const advice::Trained& trained, const runs::Setup& setup, std::int64_t seed) {
  evaluation::EncodedViews judged = runs::judged_views(setup, trained.encoders);
  const advice::HeldOutFeatures features =
      advice::judged_features(judged.encoders, setup.data, judged.transform);
  const auto accuracy = [&](const at::Tensor& fitted, const at::Tensor& asked) {
    return evaluation::fit_linear_probe(fitted, features.train.labels, features.classes,
                                        {.seed = static_cast<std::uint64_t>(seed)})
        .accuracy(asked, features.held_out.labels);
  };
  json values;
  for (std::size_t v = 0; v < features.views.size(); ++v)
    values["views"][features.views[v]] =
        accuracy(features.train.representations[v], features.held_out.representations[v]);
  const std::vector<at::Tensor> means = features.train.means();
  values["accuracy"] =
      features.views.size() == 1
          ? values["views"].front()
          : json(accuracy(features.train.all(means), features.held_out.all(means)));
  return values;
}

json train_and_judge(const advice::Setting& setting, std::int64_t seed,
                     const LearnOptions& options) {
  const recipe::Recipe& recipe = setting.recipe;
  const runs::Setup setup = runs::set_up(recipe);
  const advice::Trained trained =
      advice::train_short(advice::short_model(recipe, setup, seed), recipe, setup, seed,
                          options.observer ? options.observer() : nullptr);
  if (options.progress) options.progress(fmt::format("{}: judging", recipe.name));
  json values;
  const double judging = milliseconds([&] { values = judge(trained, setup, seed); });
  const training::Budget budget = training::budget_of(recipe.train, setup.data.train->size());
  values.update(
      {{"epochs", budget.epochs()},
       {"minutes_trained", trained.seconds / 60},
       {"images_per_second", static_cast<double>(budget.samples_seen()) / trained.seconds},
       {"seconds_judged", judging / 1e3}});
  return values;
}

}  // namespace

std::int64_t steps_within(double minutes, double steps_per_second) {
  return std::max<std::int64_t>(1, std::llround(60 * minutes * steps_per_second));
}

std::string learn_line(const json& row) {
  std::string views;
  for (const auto& [name, accuracy] : row.at("views").items())
    views += fmt::format("  {} {:.1f}", name, 100 * accuracy.get<double>());
  return fmt::format(
      "  {:<16} {:>4} {:>7.4g} {:>8.2f} {:>6} {:>6.1f} {:>8.0f} {:>7.0f} s {:>6.1f} %{}",
      row.at("name").get<std::string>(), row.at("seed").get<std::int64_t>(),
      row.at("minutes").get<double>(), row.at("minutes_trained").get<double>(),
      row.at("steps").get<std::int64_t>(), row.at("epochs").get<double>(),
      row.at("images_per_second").get<double>(), row.at("seconds_judged").get<double>(),
      100 * row.at("accuracy").get<double>(), views);
}

json learn(const std::vector<recipe::Recipe>& recipes, const LearnOptions& options) {
  const data::DataOptions data = cifar10(options.data);
  const data::Splits parts = opened(data);
  const advice::SweepOptions sweeping{.conditions = {{"data", advice::fingerprint(parts)}}};
  advice::Notebook notebook(options.output, options.progress);
  const auto print = [&](const std::string& line) {
    if (options.progress) options.progress("");
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  print(fmt::format("CIFAR-10, {} training and {} test images, {} cores: accuracy by minutes",
                    parts.train->size(), parts.test->size(), available_cores()));
  print(fmt::format("  {:<16} {:>4} {:>7} {:>8} {:>6} {:>6} {:>8} {:>9} {:>8}  {}", "recipe",
                    "seed", "minutes", "spent", "steps", "epochs", "images/s", "judging", "all",
                    "each view"));
  json rows = json::array();
  for (std::int64_t seed = 1; seed <= options.seeds; ++seed) {
    for (const double minutes : options.minutes) {
      for (recipe::Recipe recipe : recipes) {
        recipe.data = data;
        const std::int64_t steps =
            steps_within(minutes, steps_per_second(notebook, recipe, sweeping, options));
        const advice::Setting setting{{{"name", recipe.name}, {"minutes", minutes}},
                                      advice::shortened(recipe, steps)};
        rows.push_back(notebook.row(advice::key_of(setting, seed, sweeping),
                                    [&] { return train_and_judge(setting, seed, options); }));
        print(learn_line(rows.back()));
      }
    }
  }
  return rows;
}

}  // namespace cmc::benchmarks
