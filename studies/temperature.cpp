#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cmc/advice/sweep.h"
#include "cmc/data/subset.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claims (Wang and Liu 2021, arXiv 2012.09740): a small τ makes embeddings more uniform, a large τ
// tolerates samples of one class, accuracy is best between, and τ changes how fast training gets
// there. What counts, pre-registered: 0.1 of uniformity (log E exp(−2 ‖x − y‖²), from 0 to nearly
// −4) and 0.02 of tolerance (a mean cosine) between the ends; 0.5 points of accuracy of the best τ
// between the ends over each end, chosen by the other seeds; 5 % of the budget. Below what counts a
// claim does not hold. Five seeds: 0.4 points of deviation of a difference between seeds give an
// interval of ± 0.5. The budget is the recipe's, the same for every τ; the learning rate is the
// recipe's, too, and not chosen anew for each τ.

namespace cmc::studies {
namespace {

using nlohmann::json;

constexpr int parts = 8;  // of the budget, after each of which the accuracy is asked

// What counts.
constexpr double least_uniformity = 0.1, least_tolerance = 0.02, least_accuracy = 0.005,
                 least_share = 0.05;

std::string column(int part) {
  return fmt::format("after_{}_of_{}", part, parts);
}

/// Probes the encoders on the way: after each eighth of the budget, with 2,000 training and 2,000
/// held-out samples, which is enough to see when an accuracy is reached.
class AccuracyOnTheWay : public training::Observer {
 public:
  AccuracyOnTheWay(std::vector<encoders::Encoder> encoders, const runs::Setup& setup)
      : encoders_(std::move(encoders)),
        data_{.train = data::spread(setup.data.train, 2000),
              .test = data::spread(setup.data.test, 2000)},
        transform_(setup.evaluate_transform) {}

  void on_step(const training::StepFigures& figures) override {
    const auto start = std::chrono::steady_clock::now();
    for (int part = 1; part <= parts; ++part)
      if (figures.step == (figures.steps * part + parts - 1) / parts)
        measured_[column(part)] =
            advice::probe_all(advice::judged_features(encoders_, data_, transform_));
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  const json& measured() const { return measured_; }
  double seconds() const { return seconds_; }

 private:
  std::vector<encoders::Encoder> encoders_;
  data::Splits data_;
  std::shared_ptr<const data::Transform> transform_;
  json measured_ = json::object();
  double seconds_ = 0;
};

advice::SweepOptions probed_on_the_way(const StudyOptions& options) {
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.train = [](const advice::Setting& setting, const runs::Setup& setup, std::int64_t seed) {
    training::Model model = advice::short_model(setting.recipe, setup, seed);
    const auto observer = std::make_shared<AccuracyOnTheWay>(model->encoders, setup);
    advice::Trained trained = advice::train_short(model, setting.recipe, setup, seed, observer);
    trained.measured = observer->measured();
    trained.seconds -= observer->seconds();
    return trained;
  };
  return sweeping;
}

/// The share of the budget after which `accuracy` is reached, straight lines between what was
/// measured; at most an eighth where the first is above it.
double share_to(const advice::Notebook& notebook, const json& where, std::int64_t seed,
                double accuracy) {
  double before = 0;
  for (int part = 1; part <= parts; ++part) {
    const double now = advice::by_seed(notebook.rows(), where, column(part)).at(seed);
    if (now >= accuracy)
      return part == 1 ? 1.0 / parts : (part - 1 + (accuracy - before) / (now - before)) / parts;
    before = now;
  }
  return NAN;
}

/// Of each seed, the accuracy that every setting has after half of the budget.
double common_accuracy(const advice::Notebook& notebook,
                       const std::vector<advice::Setting>& settings, std::int64_t seed) {
  double least = 1;
  for (const advice::Setting& setting : settings)
    least =
        std::min(least, advice::by_seed(notebook.rows(), setting.key, column(parts / 2)).at(seed));
  return least;
}

void conclude_speed(advice::Notebook& notebook, const std::vector<advice::Setting>& settings,
                    const advice::Setting& usual, std::int64_t seeds) {
  const advice::Setting& largest = settings.back();
  std::vector<double> saved, accuracies;
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    const double accuracy = common_accuracy(notebook, settings, seed);
    accuracies.push_back(accuracy);
    saved.push_back(share_to(notebook, largest.key, seed, accuracy) -
                    share_to(notebook, usual.key, seed, accuracy));
  }
  const auto gain = information::confidence_interval(saved);
  notebook.conclude(verdict_on_gains(
      fmt::format("τ changes how fast training gets there: {} is faster than {}.",
                  usual.key["temperature"].dump(), largest.key["temperature"].dump()),
      fmt::format("to {} %, which every τ has half-way, it takes {} % of the budget less, where "
                  "{} count",
                  advice::plus_minus(information::confidence_interval(accuracies), 1, 100),
                  advice::plus_minus(gain, 1, 100), 100 * least_share),
      {gain}, least_share, 100));
}

void conclude_best(advice::Notebook& notebook, const std::vector<advice::Setting>& settings) {
  const std::vector<advice::Setting> inside(settings.begin() + 1, settings.end() - 1);
  const advice::Setting& best = advice::best_of(notebook, settings, "probe_all");
  for (const advice::Setting* end : {&settings.front(), &settings.back()}) {
    const auto gain = advice::difference_of_best(notebook, inside, {*end}, "probe_all");
    notebook.conclude(verdict_on_gains(
        fmt::format("The best τ between the ends beats τ = {}.", end->key["temperature"].dump()),
        fmt::format(
            "{} points of accuracy more, where {} count, chosen by the other seeds; of "
            "all, τ = {} is the best with {} %",
            advice::plus_minus(gain, 2, 100), 100 * least_accuracy, best.key["temperature"].dump(),
            advice::plus_minus(advice::over_seeds(notebook.rows(), best.key, "probe_all"), 1, 100)),
        {gain}, least_accuracy, 100));
  }
}

void draw(advice::Notebook& notebook, const std::vector<advice::Setting>& settings) {
  const auto over = [&](const char* name, const char* label, double scale) {
    return advice::curve(notebook, settings, "temperature", name, label, scale);
  };
  notebook.add({.name = "accuracy",
                .title = "Linear probe against τ",
                .x_label = "τ",
                .y_label = "accuracy, %",
                .logarithmic_x = true,
                .series = {over("probe_all", "all views", 100)}});
  notebook.add(
      {.name = "geometry",
       .title = "Uniformity and tolerance against τ",
       .x_label = "τ",
       .y_label = "−uniformity; 10 × tolerance, alignment",
       .logarithmic_x = true,
       .series = {over("uniformity", "−uniformity", -1), over("tolerance", "10 × tolerance", 10),
                  over("alignment", "10 × alignment", 10)}});
  advice::Figure way{.name = "on-the-way",
                     .title = "Accuracy on the way (2,000 labels)",
                     .x_label = "share of the budget, %",
                     .y_label = "accuracy, %",
                     .series = {}};
  for (const advice::Setting& setting : settings) {
    advice::Series& series = way.series.emplace_back();
    series.label = "τ = " + setting.key["temperature"].dump();
    for (int part = 1; part <= parts; ++part)
      series.points.push_back(
          advice::point(100.0 * part / parts,
                        advice::over_seeds(notebook.rows(), setting.key, column(part)), 100));
  }
  notebook.add(std::move(way));
}

}  // namespace

void run_temperature(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<double> values = {0.02, 0.05, 0.1, 0.2, 0.5, 1.0};
  if (options.quick) values = {0.02, 0.1, 1.0};
  std::vector<advice::Setting> settings;
  for (const double value : values) {
    advice::Setting& setting =
        settings.emplace_back(advice::Setting{{{"temperature", value}}, short_recipe(options)});
    setting.recipe.contrast.temperature = value;
    setting.recipe.contrast.temperature_mode = recipe::TemperatureKind::fixed;
  }
  advice::sweep(notebook, settings, probed_on_the_way(options));
  draw(notebook, settings);

  const auto largest_less_smallest = [&](const char* name) {
    return advice::difference(notebook.rows(), settings.back().key, settings.front().key, name);
  };
  const auto uniformity = largest_less_smallest("uniformity");
  notebook.conclude(verdict_on_gains(
      "A small τ makes embeddings more uniform (Wang and Liu).",
      fmt::format("uniformity at τ = {} less that at {}: {}, where {} counts", values.back(),
                  values.front(), advice::plus_minus(uniformity, 2), least_uniformity),
      {uniformity}, least_uniformity, 1));
  const auto tolerance = largest_less_smallest("tolerance");
  notebook.conclude(verdict_on_gains(
      "A large τ tolerates samples of one class (Wang and Liu).",
      fmt::format("tolerance at τ = {} less that at {}: {}, where {} counts", values.back(),
                  values.front(), advice::plus_minus(tolerance, 3), least_tolerance),
      {tolerance}, least_tolerance, 1));
  conclude_best(notebook, settings);
  const advice::Setting& usual = *std::ranges::find_if(
      settings, [](const advice::Setting& setting) { return setting.key["temperature"] == 0.1; });
  conclude_speed(notebook, settings, usual, options.seed_count());
}

}  // namespace cmc::studies
