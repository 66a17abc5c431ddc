#include <fmt/format.h>

#include "cmc/advice/sweep.h"
#include "cmc/recipe/contrast_keys.h"
#include "studies/study_recipe.h"

namespace cmc::studies {
namespace {

/// The key of a loss that is varied, and its values.
struct Varied {
  std::string key;
  double recipe::ContrastRecipe::*option;
  std::vector<double> values;
  double quick;  ///< the one of a quick study
};

const Varied temperature{
    "temperature", &recipe::ContrastRecipe::temperature, {0.05, 0.1, 0.3}, 0.1};

struct Kind {
  recipe::LossKind loss;
  std::string name;
  Varied varied = temperature;
};

// Losses of pairs of views; those that contrast nothing are a baseline.
const std::vector<Kind> kinds = {
    {recipe::LossKind::k_pair, "k-pair"},
    {recipe::LossKind::nt_xent, "NT-Xent"},
    {recipe::LossKind::logistic, "logistic NCE"},
    {recipe::LossKind::nce, "the paper's NCE"},
    {recipe::LossKind::triplet,
     "triplet",
     {"margin", &recipe::ContrastRecipe::margin, {0.2, 0.5, 1.0}, 0.5}},
    {recipe::LossKind::vicreg,
     "VICReg",
     {"covariance", &recipe::ContrastRecipe::covariance, {0.2, 1, 5}, 1}},
    {recipe::LossKind::barlow_twins,
     "Barlow Twins",
     {"redundancy", &recipe::ContrastRecipe::redundancy, {0.001, 0.005, 0.02}, 0.005}}};

/// All with the batch's negatives, the only ones that NT-Xent has: the losses alone differ.
std::vector<advice::Setting> settings_of(const Kind& kind, const StudyOptions& options) {
  std::vector<double> values = kind.varied.values;
  if (options.quick) values = {kind.varied.quick};
  std::vector<advice::Setting> settings;
  for (const double value : values) {
    advice::Setting& setting = settings.emplace_back(advice::Setting{
        {{"loss", recipe::name_of(recipe::losses, kind.loss)}, {kind.varied.key, value}},
        short_recipe(options)});
    setting.recipe.contrast.negatives = recipe::NegativesKind::batch;
    setting.recipe.contrast.loss = kind.loss;
    setting.recipe.contrast.*kind.varied.option = value;
    setting.recipe.contrast.mining = contrast::Mining::semi_hard;
  }
  return settings;
}

std::string x_label() {
  std::string label;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    label += fmt::format("{}{} {}", i == 0 ? "" : ", ", i + 1, kinds[i].name);
  return label;
}

}  // namespace

void run_losses(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<std::vector<advice::Setting>> tried;
  advice::Figure figure{.name = "accuracy",
                        .title = "Linear probe of each loss at each τ, margin or weight",
                        .x_label = x_label(),
                        .y_label = "accuracy, %",
                        .series = {}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::vector<advice::Setting>& settings =
        tried.emplace_back(settings_of(kinds[i], options));
    advice::sweep(notebook, settings, sweep_options(options));
    advice::Series series{.label = kinds[i].name, .points = {}, .joined = false};
    for (std::size_t j = 0; j < settings.size(); ++j) {
      const double beside = 0.2 * (static_cast<double>(j) - 0.5 * (settings.size() - 1.0));
      advice::Point at =
          advice::point(static_cast<double>(i + 1) + beside,
                        advice::over_seeds(notebook.rows(), settings[j].key, "probe_all"), 100);
      at.label = settings[j].key.at(kinds[i].varied.key).dump();
      series.points.push_back(at);
    }
    figure.series.push_back(series);
  }
  notebook.add(figure);
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const auto gain = advice::difference_of_best(notebook, tried[0], tried[i], "probe_all");
    notebook.conclude({fmt::format("The k-pair loss beats {}.", kinds[i].name),
                       fmt::format("{} points of accuracy more, each at the best {} of those tried "
                                   "(chosen by the other seeds)",
                                   advice::plus_minus(gain, 2, 100), kinds[i].varied.key),
                       advice::positive(gain)});
  }
}

}  // namespace cmc::studies
