#include "cmc/runs/setup.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/data/imputed.h"
#include "cmc/data/subset.h"
#include "cmc/encoders/pretrained.h"
#include "cmc/error.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/positives.h"
#include "cmc/runs/recipe_views.h"
#include "cmc/runs/run_folder.h"
#include "cmc/views/alike.h"

namespace cmc::runs {
namespace {

/// The share of the tables' numbers that the training part lacks.
double missing_numbers(const recipe::Recipe& recipe, const TrainingStatistics& statistics) {
  double missing = 0, all = 0;
  for (const recipe::ViewEntry& view : recipe.view) {
    if (!std::holds_alternative<views::TableViewOptions>(view.options)) continue;
    const auto known = statistics.standardizations.find(view.source.name);
    check(known != statistics.standardizations.end(), "the statistics of view \"{}\" are missing",
          view.source.name);
    for (const double share : known->second.missing) {
      missing += share;
      ++all;
    }
  }
  return all > 0 ? missing / all : 0;
}

/// Which views each sample has is asked for a bank alone, which has samples as negatives that it
/// has not met yet: it takes a look at every row.
contrast::SampleConstraints constraints_of(const data::Dataset& samples,
                                           const std::vector<data::ViewShape>& views,
                                           const recipe::ContrastRecipe& contrast,
                                           const HardNegatives& hard_negatives) {
  contrast::SampleConstraints constraints;
  if (const auto groups = samples.duplicates(); !groups.empty())
    constraints.groups = at::tensor(groups, at::kLong);
  constraints.positives = positive_groups(samples, contrast);
  if (recipe::negative_source(contrast, samples.size()) != recipe::NegativesKind::bank)
    return constraints;
  constraints.hard_negatives = hard_negatives.samples;
  const auto count = static_cast<std::int64_t>(views.size());
  at::Tensor present = at::empty({samples.size(), count}, at::kBool);
  bool* has = present.data_ptr<bool>();
  for (std::int64_t i = 0; i < samples.size(); ++i)
    for (const data::ViewShape& view : views) *has++ = samples.has(i, view.source);
  if (!present.all().item<bool>()) constraints.present = present;
  return constraints;
}

/// What a recipe's data is read from, for messages.
const std::string& place_of(const data::DataOptions& data) {
  return data.manifest.manifest.empty() ? data.root : data.manifest.manifest;
}

/// Throws Error unless a view is of a data set's pictures, which have no cells.
void check_of_pictures(const data::SourceOptions& source) {
  check(source.kind == data::SourceKind::image && source.column.empty() && source.file.empty(),
        "view \"{}\": the recipe has no data.manifest that it is read from; of the pictures of "
        "data.root a view has kind = \"image\", and neither column nor file",
        source.name);
}

data::Splits open_data(const recipe::Recipe& recipe, const TrainingStatistics& statistics) {
  data::DataOptions options = recipe.data;
  if (recipe.data.manifest.manifest.empty()) {
    for (const recipe::ViewEntry& view : recipe.view) check_of_pictures(view.source);
  } else if (!recipe.view.empty()) {
    options.manifest.sources = source_options(recipe, statistics);
  }
  data::Splits splits = data::open(options);
  check(splits.train->size() > 0, "{}: no sample is left to train on", place_of(recipe.data));
  return splits;
}

/// Throws Error unless the data's sources are as those that a run knows; `file` tells which run.
void check_sources(const TrainingStatistics& known, const data::Dataset& train,
                   const std::string& file, const std::string& place) {
  const std::vector<data::Source>& sources = train.sources();
  check(known.sources.size() == sources.size(), "{}: knows of {} sources, and the recipe has {}",
        file, known.sources.size(), sources.size());
  for (std::size_t s = 0; s < sources.size(); ++s) check_fits(known.sources[s], sources[s], place);
}

/// Throws Error unless each encoder takes its view as evaluation shows it, by its place in `shown`.
void check_evaluated(const std::vector<encoders::Encoder>& encoders,
                     const std::vector<data::ViewShape>& shown) {
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    const data::ViewShape &made = encoders[v]->shape(), &view = shown.at(v);
    check(encoders[v]->takes(view.height, view.width),
          "views.evaluation_size: the encoder of view '{}' is made for {} × {} pixels, and "
          "evaluation shows it {} × {}: a convnet or a resnet takes larger pictures than it is "
          "trained with, no other network does, and none takes smaller ones",
          view.name, made.height, made.width, view.height, view.width);
  }
}

std::string on_missing_numbers(const recipe::Recipe& recipe, const Setup& setup) {
  return fmt::format(
      "{:.1f} % of the tables' numbers are missing in the training part: in training they are {}",
      100 * setup.missing_numbers,
      !recipe.train.impute ? "shown as missing (train.impute = false)"
      : data::can_be_imputed(*setup.data.train)
          ? "filled from the sample's other numbers (train.impute)"
          : "shown as missing: tables are filled that have two numeric columns or more, and at "
            "most 67,108,864 numbers");
}

/// `run` may be null; `measured` are statistics that it need not have, or null.
Setup set_up_with(const recipe::Recipe& recipe, const RunFolder* run,
                  const TrainingStatistics* measured = nullptr) {
  const bool kept = run != nullptr && run->has_statistics();
  const bool known = kept || measured != nullptr;
  TrainingStatistics statistics = kept                  ? run->statistics()
                                  : measured != nullptr ? *measured
                                                        : TrainingStatistics{};
  Setup setup;
  setup.data = open_data(recipe, statistics);
  if (known) {
    check_sources(statistics, *setup.data.train,
                  kept ? run->statistics_file().string() : "rank 0's statistics",
                  place_of(recipe.data));
  } else {
    statistics = measure_statistics(recipe, *setup.data.train);
    for (std::string& line : unresolved(recipe, statistics, *setup.data.train))
      setup.data.notes.push_back(std::move(line));
    if (run != nullptr) run->save(statistics);
  }
  setup.missing_numbers = missing_numbers(recipe, statistics);
  if (setup.missing_numbers > 0) setup.data.notes.push_back(on_missing_numbers(recipe, setup));
  setup.train_transform = make_transform(recipe, statistics, views::Mode::train);
  const auto evaluate_transform = make_transform(recipe, statistics, views::Mode::evaluate);
  setup.evaluate_transform = evaluate_transform;
  setup.alike = views::first_alike(*evaluate_transform);
  setup.encoders = encoder_options(recipe, setup.train_transform->views());
  if (const views::LearnedOptions* learned = learned_views(recipe)) {
    check_learnable(recipe);
    setup.learned = *learned;
  }
  setup.hard_negatives = hard_negatives(*setup.data.train, recipe.contrast);
  setup.batches_bring_hard_negatives =
      setup.hard_negatives.samples.defined() &&
      recipe::negative_source(recipe.contrast, setup.data.train->size()) !=
          recipe::NegativesKind::bank;
  return setup;
}

}  // namespace

Setup set_up(const recipe::Recipe& recipe) {
  return set_up_with(recipe, nullptr);
}

Setup set_up(const recipe::Recipe& recipe, const RunFolder& run) {
  return set_up_with(recipe, &run);
}

Setup set_up(const recipe::Recipe& recipe, const TrainingStatistics& statistics) {
  return set_up_with(recipe, nullptr, &statistics);
}

std::shared_ptr<const data::Transform> Setup::measuring_transform() const {
  for (std::size_t v = 0; v < alike.size(); ++v)
    if (alike[v] != v) return views::redrawn(train_transform);
  return evaluate_transform;
}

std::vector<std::size_t> Setup::judged_views() const {
  const std::vector<std::size_t> own = encoders::encoder_places(encoders, train_transform->views());
  std::vector<std::size_t> judged;
  for (std::size_t v = 0; v < alike.size(); ++v)
    if (std::ranges::none_of(
            judged, [&](std::size_t w) { return alike[w] == alike[v] && own[w] == own[v]; }))
      judged.push_back(v);
  return judged;
}

training::TrainingData Setup::training_data(const training::TrainOptions& options,
                                            std::uint64_t seed) const {
  std::shared_ptr<const data::Dataset> held_out = data.test;
  if (held_out != nullptr && held_out->size() > options.held_out_samples) {
    std::vector<std::int64_t> chosen =
        permutation(held_out->size(), RandomStream(RandomPurpose::held_out, seed));
    chosen.resize(static_cast<std::size_t>(options.held_out_samples));
    held_out = std::make_shared<data::Subset>(held_out, std::move(chosen));
  }
  const bool gaps = missing_numbers > 0;  // else every row would be read to find none
  return {.train = options.impute && gaps ? data::imputed(data.train) : data.train,
          .held_out = held_out,
          .train_transform = train_transform,
          .evaluate_transform = measuring_transform(),
          .hard_negatives = batches_bring_hard_negatives ? hard_negatives.samples : at::Tensor(),
          .generator = generator_options(*this, seed)};
}

Setup Setup::without_weights() const {
  Setup bare = *this;
  for (encoders::EncoderOptions& options : bare.encoders) options.weights.clear();
  return bare;
}

std::vector<encoders::Encoder> make_encoders(const recipe::Recipe& recipe, const Setup& setup,
                                             std::uint64_t seed_offset,
                                             std::vector<std::string>* loaded) {
  at::manual_seed(static_cast<std::uint64_t>(recipe.seed) + seed_offset);
  auto encoders = encoders::make_encoders(setup.encoders, setup.train_transform->views());
  check_evaluated(encoders, setup.evaluate_transform->views());
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    if (encoders::is_repeated(encoders, v)) continue;
    const std::string& weights = setup.encoders[v].weights;
    if (weights.empty()) continue;
    const std::string line = encoders::load_pretrained(encoders[v], weights);
    if (loaded != nullptr) loaded->push_back(line);
  }
  return encoders;
}

training::Model make_model(const recipe::Recipe& recipe, const Setup& setup,
                           std::vector<std::string>* loaded) {
  std::vector<encoders::Encoder> encoders = make_encoders(recipe, setup, 0, loaded);
  const data::Dataset& samples = *setup.data.train;
  contrast::Objective objective(recipe::objective_options(
      recipe.contrast, data::view_names(*setup.train_transform), encoders.front()->embedding_dim(),
      samples.size(), static_cast<std::uint64_t>(recipe.seed),
      constraints_of(samples, setup.train_transform->views(), recipe.contrast,
                     setup.hard_negatives)));
  const bool queue = std::holds_alternative<contrast::QueueOptions>(objective->options().negatives);
  training::Model model(std::move(encoders), std::move(objective),
                        queue ? make_encoders(recipe, setup) : std::vector<encoders::Encoder>{});
  if (setup.learned && setup.learned->labelled > 0)
    model->add_classifiers(static_cast<std::int64_t>(samples.classes().size()));
  return model;
}

}  // namespace cmc::runs
