#include "cmc/training/setup.h"

#include <torch/torch.h>

#include <algorithm>

#include "cmc/data/imputed.h"
#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/training/fitted.h"
#include "cmc/training/pretrained.h"

namespace cmc::training {
namespace {

/// The sources of a recipe's views, each once, and the views that refer to them.
struct SourcesAndViews {
  std::vector<data::SourceOptions> sources;
  std::vector<views::SourceView> views;
};

SourcesAndViews sources_of(const Recipe& recipe) {
  SourcesAndViews result;
  for (const ViewEntry& entry : recipe.view) {
    const auto same = [&](data::SourceOptions other) {
      other.name = entry.source.name;
      return other == entry.source;
    };
    const auto found = std::ranges::find_if(result.sources, same);
    result.views.push_back({.name = entry.source.name,
                            .source = static_cast<std::size_t>(found - result.sources.begin()),
                            .options = entry.options});
    if (found == result.sources.end()) result.sources.push_back(entry.source);
  }
  return result;
}

std::vector<std::vector<std::string>> categories_of(const data::Source& source) {
  std::vector<std::vector<std::string>> categories;
  for (const data::TableColumn& column : source.columns)
    if (!column.categories.empty()) categories.push_back(column.categories);
  return categories;
}

/// The entry that made a view: that of its name, or else that whose name stands before the split's.
const ViewEntry& entry_of(const Recipe& recipe, const std::string& view) {
  const auto exact = std::ranges::find_if(
      recipe.view, [&](const ViewEntry& each) { return each.source.name == view; });
  if (exact != recipe.view.end()) return *exact;
  return *std::ranges::find_if(
      recipe.view, [&](const ViewEntry& each) { return view.starts_with(each.source.name + "-"); });
}

/// The share of the tables' numbers that the training part lacks.
double missing_numbers(const std::vector<views::SourceView>& views,
                       const views::Standardizations& known) {
  double missing = 0, all = 0;
  for (const views::SourceView& view : views) {
    if (!std::holds_alternative<views::TableViewOptions>(view.options)) continue;
    for (const float share : known.at(view.name).missing) {
      missing += share;
      ++all;
    }
  }
  return all > 0 ? missing / all : 0;
}

Setup set_up_manifest(const Recipe& recipe, const std::filesystem::path& run) {
  SourcesAndViews from = sources_of(recipe);
  const std::filesystem::path kept = run / "fitted.json";
  const bool known = !run.empty() && std::filesystem::exists(kept);
  Fitted fitted = known ? load_fitted(kept) : Fitted{};
  for (data::SourceOptions& source : from.sources)
    if (const auto found = fitted.categories.find(source.name); found != fitted.categories.end())
      source.categories = found->second;

  Setup setup;
  data::DataOptions options = recipe.data;
  options.manifest.sources = from.sources;
  setup.data = data::open(options);
  const std::vector<data::Source>& sources = setup.data.train->sources();
  if (!known) {
    fitted.standardizations = views::measure(from.views, *setup.data.train);
    for (const data::Source& source : sources)
      if (auto categories = categories_of(source); !categories.empty())
        fitted.categories[source.name] = std::move(categories);
    if (!run.empty()) save_fitted(kept, fitted);
  }
  if (const double share = missing_numbers(from.views, fitted.standardizations); share > 0)
    setup.data.notes.push_back(fmt::format(
        "{:.1f} % of the tables' numbers are missing in the training part: in training they are {}",
        100 * share,
        recipe.train.impute ? "filled from the sample's other numbers (train.impute)"
                            : "shown as missing (train.impute = false)"));
  const auto make = [&](views::Mode mode) {
    return views::make_source_views(from.views, sources, mode, fitted.standardizations);
  };
  setup.train_transform = make(views::Mode::train);
  setup.evaluate_transform = make(views::Mode::evaluate);
  for (const data::ViewShape& view : setup.train_transform->views()) {
    setup.encoders.push_back(entry_of(recipe, view.name).encoder);
  }
  return setup;
}

}  // namespace

Setup set_up(const Recipe& recipe, const std::filesystem::path& run) {
  if (!recipe.data.manifest.manifest.empty()) return set_up_manifest(recipe, run);
  check(recipe.view.empty(),
        "the recipe has [[view]]s, but no data.manifest that they are read from");
  Setup setup;
  setup.data = data::open(recipe.data);
  const data::SourceShape& shape = setup.data.train->sources()[0].shape;
  setup.train_transform = views::make_split(recipe.views, shape, views::Mode::train);
  setup.evaluate_transform = views::make_split(recipe.views, shape, views::Mode::evaluate);
  setup.encoders.assign(setup.train_transform->views().size(), recipe.encoder);
  return setup;
}

TrainingData Setup::training_data(const TrainOptions& options, std::uint64_t seed) const {
  std::shared_ptr<const data::Dataset> held_out = data.test;
  if (held_out != nullptr && held_out->size() > options.held_out_samples) {
    std::vector<std::int64_t> chosen = permutation(held_out->size(), RandomStream(seed));
    chosen.resize(static_cast<std::size_t>(options.held_out_samples));
    held_out = std::make_shared<data::Subset>(held_out, std::move(chosen));
  }
  return {.train = options.impute ? data::imputed(data.train) : data.train,
          .held_out = held_out,
          .train_transform = train_transform,
          .evaluate_transform = evaluate_transform};
}

std::vector<encoders::Encoder> make_encoders(const Recipe& recipe, const Setup& setup,
                                             std::uint64_t seed_offset) {
  torch::manual_seed(static_cast<std::uint64_t>(recipe.seed) + seed_offset);
  auto encoders = encoders::make_encoders(setup.encoders, setup.train_transform->views());
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    if (v > 0 && encoders[v].ptr() == encoders[0].ptr()) break;  // shared
    if (const std::string& weights = setup.encoders[v].weights; !weights.empty())
      load_pretrained(encoders[v], weights);
  }
  return encoders;
}

Model make_model(const Recipe& recipe, const Setup& setup) {
  std::vector<encoders::Encoder> encoders = make_encoders(recipe, setup);
  std::vector<std::string> names;
  for (const data::ViewShape& view : setup.train_transform->views()) names.push_back(view.name);
  contrast::Objective objective(
      objective_options(recipe.contrast, names, encoders.front()->embedding_dim(),
                        setup.data.train->size(), static_cast<std::uint64_t>(recipe.seed)));
  const bool queue = std::holds_alternative<contrast::QueueOptions>(objective->options().negatives);
  return Model(std::move(encoders), std::move(objective),
               queue ? make_encoders(recipe, setup) : std::vector<encoders::Encoder>{});
}

}  // namespace cmc::training
