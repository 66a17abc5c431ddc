#include <fmt/format.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

#include "cmc/advice/sweep.h"
#include "cmc/data/wrapped.h"
#include "cmc/device.h"
#include "cmc/evaluation/supervised.h"
#include "cmc/random.h"
#include "cmc/recipe/contrast_keys.h"
#include "cmc/training/budget.h"
#include "studies/contenders.h"
#include "studies/outcomes.h"
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

/// How the labels steer training: not at all, or as positives or classes of a share of samples.
enum class Labels { none, positives, classes };

struct Kind {
  recipe::LossKind loss;
  std::string name;
  Varied varied = temperature;
  Labels labels = Labels::none;
  double share = 1;  ///< of the training samples whose labels are told
};

const Varied rate{"learning_rate_factor", nullptr, {0.3, 1, 3}, 1};

// Losses of pairs of views; those that contrast nothing are a baseline, and so is cross entropy.
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
     {"redundancy", &recipe::ContrastRecipe::redundancy, {0.001, 0.005, 0.02}, 0.005}},
    {recipe::LossKind::sigmoid, "sigmoid, learned τ and b"},
    {recipe::LossKind::decoupled, "decoupled"},
    {recipe::LossKind::k_pair,
     "k-pair with hardness β",
     {"hardness", &recipe::ContrastRecipe::hardness, {0.25, 0.5, 1}, 0.5}},
    {recipe::LossKind::multi_positive, "supervised contrast, 10 % of labels", temperature,
     Labels::positives, 0.1},
    {recipe::LossKind::multi_positive, "supervised contrast, all labels", temperature,
     Labels::positives},
    {recipe::LossKind::k_pair, "cross entropy, all labels", rate, Labels::classes}};

/// A data set that tells the labels of a share of its samples alone, drawn at random, the same for
/// every training.
class PartlyLabelled : public data::WrappedDataset {
 public:
  PartlyLabelled(const std::shared_ptr<const data::Dataset>& dataset, double share)
      : WrappedDataset(dataset), told_(static_cast<std::size_t>(dataset->size()), false) {
    const std::vector<std::int64_t> order =
        permutation(dataset->size(), RandomStream(RandomPurpose::made_data, 1));
    const auto told = static_cast<std::size_t>(share * static_cast<double>(order.size()));
    for (std::size_t i = 0; i < told; ++i) told_[static_cast<std::size_t>(order[i])] = true;
  }

  std::int64_t label(std::int64_t index) const override {
    return told_[static_cast<std::size_t>(index)] ? WrappedDataset::label(index) : data::no_label;
  }

 private:
  std::vector<bool> told_;
};

/// Encoders that learn the classes, by the recipe's budget and batches.
advice::Trained train_classes(const recipe::Recipe& recipe, const runs::Setup& setup,
                              std::int64_t seed, double factor) {
  recipe::Recipe seeded = recipe;
  seeded.seed = seed;
  std::vector<encoders::Encoder> encoders = runs::make_encoders(seeded, setup);
  const at::Device device = find_device(recipe.train.device);
  for (encoders::Encoder& encoder : encoders) encoder->to(device);
  data::Loader loader(setup.data.train, setup.train_transform,
                      {.batch_size = std::min(recipe.train.batch_size, setup.data.train->size()),
                       .seed = static_cast<std::uint64_t>(seed)});
  const auto start = std::chrono::steady_clock::now();
  encoders = evaluation::train_supervised(
      std::move(encoders), loader,
      {.steps = training::budget_of(recipe.train, setup.data.train->size()).steps,
       .classes = static_cast<std::int64_t>(setup.data.train->classes().size()),
       .learning_rate = factor * recipe.train.optimizer.learning_rate,
       .device = device});
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {.encoders = std::move(encoders), .seconds = spent.count()};
}

/// As most studies do it, but for what labels steer.
advice::SweepOptions sweep_of(const Kind& kind, const StudyOptions& options) {
  advice::SweepOptions sweeping = sweep_options(options);
  if (kind.labels == Labels::positives && kind.share < 1)
    sweeping.train = [contrast = sweeping.train, share = kind.share](const advice::Setting& setting,
                                                                     const runs::Setup& setup,
                                                                     std::int64_t seed) {
      runs::Setup told = setup;
      told.data.train = std::make_shared<PartlyLabelled>(setup.data.train, share);
      return contrast(setting, told, seed);
    };
  if (kind.labels != Labels::classes) return sweeping;
  sweeping.train = [](const advice::Setting& setting, const runs::Setup& setup, std::int64_t seed) {
    return train_classes(setting.recipe, setup, seed, setting.key.at(rate.key));
  };
  sweeping.judge = probe_alone;
  return sweeping;
}

/// All with the batch's negatives, the only ones that NT-Xent has: the losses alone differ.
std::vector<advice::Setting> settings_of(const Kind& kind, const StudyOptions& options) {
  std::vector<double> values = kind.varied.values;
  if (options.quick) values = {kind.varied.quick};
  std::vector<advice::Setting> settings;
  for (const double value : values) {
    advice::Setting& setting = settings.emplace_back(advice::Setting{
        {{"loss", kind.labels == Labels::classes ? "cross_entropy"
                                                 : recipe::name_of(recipe::losses, kind.loss)},
         {kind.varied.key, value}},
        short_recipe(options)});
    if (kind.labels != Labels::none) setting.key["labels"] = kind.share;
    setting.recipe.contrast.negatives = recipe::NegativesKind::batch;
    setting.recipe.contrast.loss = kind.loss;
    if (kind.varied.option != nullptr) setting.recipe.contrast.*kind.varied.option = value;
    if (kind.labels == Labels::positives) setting.recipe.contrast.positives = {"label"};
    if (kind.loss == recipe::LossKind::sigmoid)
      setting.recipe.contrast.temperature_mode = recipe::TemperatureKind::learned;
    setting.recipe.contrast.mining = contrast::Mining::semi_hard;
  }
  return settings;
}

}  // namespace

void run_losses(advice::Notebook& notebook, const StudyOptions& options) {
  std::vector<Contender> losses;
  for (const Kind& kind : kinds) {
    losses.push_back({kind.name, kind.varied.key, settings_of(kind, options)});
    advice::sweep(notebook, losses.back().settings, sweep_of(kind, options));
  }
  notebook.add(accuracy_figure(
      notebook, losses, "Linear probe of each loss at each τ, margin or weight",
      "losses as numbered; of each its settings from left to right, as in the table"));
  notebook.add_table(accuracy_table(notebook, losses));
  for (std::size_t i = 1; i < losses.size(); ++i) {
    const auto gain =
        advice::difference_of_best(notebook, losses[0].settings, losses[i].settings, "probe_all");
    notebook.conclude(verdict_on_gains(
        fmt::format("The k-pair loss beats {}.", losses[i].name),
        fmt::format("{} points of accuracy more, each at the best {} of those tried "
                    "(chosen by the other seeds)",
                    advice::plus_minus(gain, 2, 100), losses[i].varied),
        {gain}, 0, 100));
  }
}

}  // namespace cmc::studies
