#include "cmc/recipe/contrast_recipe.h"

#include <algorithm>

#include "cmc/error.h"

namespace cmc::recipe {
namespace {

using namespace contrast;

Temperature temperature_of(const ContrastRecipe& recipe) {
  switch (recipe.temperature_mode) {
    case TemperatureKind::fixed:
      return recipe.temperature;
    case TemperatureKind::cosine:
      return TemperatureSchedule{.from = recipe.temperature,
                                 .to = recipe.temperature_end,
                                 .steps = recipe.temperature_steps};
    case TemperatureKind::learned:
      return LearnedTemperature{.initial = recipe.temperature};
  }
  fail("contrast.temperature_mode has no such value");
}

Loss loss_of(const ContrastRecipe& recipe) {
  const Temperature temperature = temperature_of(recipe);
  switch (recipe.loss) {
    case LossKind::k_pair:
      return KPairOptions{.temperature = temperature, .class_prior = recipe.class_prior};
    case LossKind::nt_xent:
      return NtXentOptions{.temperature = temperature};
    case LossKind::logistic:
      return LogisticOptions{.temperature = temperature};
    case LossKind::nce:
      return NceOptions{.temperature = temperature, .momentum = recipe.log_z_momentum};
    case LossKind::triplet:
      return TripletOptions{.margin = recipe.margin, .mining = recipe.mining};
    case LossKind::multi_positive:
      return MultiPositiveOptions{.temperature = temperature, .mean = recipe.positive_mean};
  }
  fail("contrast.loss has no such value");
}

std::int64_t view_index(const std::string& name, const std::vector<std::string>& views,
                        const char* key) {
  const auto found = std::find(views.begin(), views.end(), name);
  if (found == views.end())
    throw UsageError(
        fmt::format("contrast.{} names the view \"{}\", which this recipe does not make; "
                    "the nearest is \"{}\"",
                    key, name, nearest_name(name, views)));
  return found - views.begin();
}

ViewGraph listed_graph(const ContrastRecipe& recipe, const std::vector<std::string>& views) {
  if (!recipe.weights.empty() && recipe.weights.size() != recipe.pairs.size())
    throw UsageError(fmt::format("contrast.weights has {} numbers for {} pairs",
                                 recipe.weights.size(), recipe.pairs.size()));
  std::vector<ViewPair> pairs;
  for (std::size_t i = 0; i < recipe.pairs.size(); ++i) {
    const std::string& text = recipe.pairs[i];
    const std::size_t cut = text.find('>');
    if (cut == std::string::npos)
      throw UsageError(fmt::format(
          "contrast.pairs[{}] is \"{}\"; a pair is \"anchor>candidate\", such as \"{}>{}\"", i,
          text, views.front(), views.back()));
    if (text.substr(0, cut) == text.substr(cut + 1))
      throw UsageError(
          fmt::format("contrast.pairs[{}] is \"{}\": a view is not paired with itself", i, text));
    pairs.push_back({.anchor = view_index(text.substr(0, cut), views, "pairs"),
                     .candidate = view_index(text.substr(cut + 1), views, "pairs"),
                     .weight = recipe.weights.empty() ? 1.0 : recipe.weights[i]});
  }
  return ViewGraph::list(static_cast<std::int64_t>(views.size()), std::move(pairs));
}

ViewGraph graph_of(const ContrastRecipe& recipe, const std::vector<std::string>& views) {
  const auto count = static_cast<std::int64_t>(views.size());
  switch (recipe.graph) {
    case GraphKind::full:
      return ViewGraph::full(count);
    case GraphKind::core:
      return ViewGraph::core(view_index(recipe.core, views, "core"), count);
    case GraphKind::list:
      return listed_graph(recipe, views);
  }
  fail("contrast.graph has no such value");
}

Negatives negatives_of(const ContrastRecipe& recipe, std::int64_t dim, std::int64_t samples) {
  switch (negative_source(recipe, samples)) {
    case NegativesKind::batch:
      return BatchOptions{};
    case NegativesKind::bank:
      return MemoryBankOptions{.samples = samples,
                               .dim = dim,
                               .k = std::min(recipe.k, samples - 1),
                               .draw = recipe.draw,
                               .positive = recipe.positive,
                               .momentum = recipe.bank_momentum,
                               .dtype = recipe.bank_precision};
    case NegativesKind::queue: {
      const std::int64_t all = recipe.k > 0 ? std::min(recipe.k, samples - 1) : samples;
      return QueueOptions{.length = counts_by_k(recipe, samples) ? all : recipe.queue_length,
                          .dim = dim,
                          .recent = recipe.queue_recent};
    }
  }
  fail("contrast.negatives has no such value");
}

}  // namespace

NegativesKind negative_source(const ContrastRecipe& recipe, std::int64_t samples) {
  if (recipe.negatives) return *recipe.negatives;
  return samples < small_data && recipe.loss != LossKind::nt_xent ? NegativesKind::queue
                                                                  : NegativesKind::batch;
}

bool counts_by_k(const ContrastRecipe& recipe, std::int64_t samples) {
  const NegativesKind source = negative_source(recipe, samples);
  return source == NegativesKind::bank || (source == NegativesKind::queue && !recipe.negatives);
}

ObjectiveOptions objective_options(const ContrastRecipe& recipe,
                                   const std::vector<std::string>& views, std::int64_t dim,
                                   std::int64_t samples, std::uint64_t seed,
                                   const SampleConstraints& constraints) {
  return {.loss = loss_of(recipe),
          .graph = graph_of(recipe, views),
          .negatives = negatives_of(recipe, dim, samples),
          .groups = constraints.groups,
          .present = constraints.present,
          .positives = constraints.positives,
          .seed = seed};
}

}  // namespace cmc::recipe
