#include "cmc/recipe/contrast_recipe.h"

#include <algorithm>
#include <utility>

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

LogitBias bias_of(const ContrastRecipe& recipe) {
  if (recipe.logit_bias_mode == LogitBiasKind::fixed) return recipe.logit_bias;
  return LearnedBias{.initial = recipe.logit_bias};
}

/// `dim`: that of the embeddings.
Loss loss_of(const ContrastRecipe& recipe, std::int64_t dim) {
  const Temperature temperature = temperature_of(recipe);
  switch (recipe.loss) {
    case LossKind::k_pair:
      return KPairOptions{.temperature = temperature,
                          .class_prior = recipe.class_prior,
                          .hardness = recipe.hardness};
    case LossKind::nt_xent:
      return NtXentOptions{.temperature = temperature};
    case LossKind::logistic:
      return LogisticOptions{.temperature = temperature};
    case LossKind::nce:
      return NceOptions{.temperature = temperature, .momentum = recipe.log_z_momentum};
    case LossKind::triplet:
      return TripletOptions{.margin = recipe.margin, .mining = recipe.mining};
    case LossKind::sigmoid:
      return SigmoidOptions{.temperature = temperature, .bias = bias_of(recipe)};
    case LossKind::decoupled:
      return DecoupledOptions{.temperature = temperature, .weight_sigma = recipe.weight_sigma};
    case LossKind::multi_positive:
      return MultiPositiveOptions{.temperature = temperature, .mean = recipe.positive_mean};
    case LossKind::multilinear:
      return MultilinearOptions{.temperature = temperature,
                                .negatives = recipe.tuples,
                                .missing = recipe.missing_views,
                                .dim = dim};
    case LossKind::vicreg:
      return VicRegOptions{.invariance = recipe.invariance,
                           .variance = recipe.variance,
                           .covariance = recipe.covariance,
                           .target = recipe.variance_target,
                           .epsilon = recipe.variance_epsilon};
    case LossKind::barlow_twins:
      return BarlowTwinsOptions{.redundancy = recipe.redundancy};
  }
  fail("contrast.loss has no such value");
}

std::int64_t view_index(const std::string& name, const std::vector<std::string>& views,
                        const std::string& key) {
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

/// The losses of the [[contrast.pair]]s; their weights go into the graph, which loses the
/// directions of weight 0.
std::vector<PairLoss> pair_losses(const ContrastRecipe& recipe,
                                  const std::vector<std::string>& views, std::int64_t dim,
                                  ViewGraph& graph) {
  std::vector<PairLoss> losses;
  for (std::size_t i = 0; i < recipe.pair.size(); ++i) {
    const PairEntry& entry = recipe.pair[i];
    const std::string key = fmt::format("pair[{}].views", i);
    if (entry.views.size() != 2)
      throw UsageError(
          fmt::format("contrast.{} has {} views; a pair has two", key, entry.views.size()));
    const std::int64_t first = view_index(entry.views[0], views, key),
                       second = view_index(entry.views[1], views, key);
    bool contrasted = false;
    std::vector<ViewPair> pairs;
    for (ViewPair direction : graph.pairs) {
      const bool forth = direction.anchor == first && direction.candidate == second,
                 back = direction.anchor == second && direction.candidate == first;
      if (forth || back) {
        if (!entry.weights.empty()) direction.weight *= entry.weights.at(forth ? 0 : 1);
        direction.weight *= entry.weight;
        if (direction.weight == 0) continue;
        contrasted = true;
      }
      pairs.push_back(direction);
    }
    const bool twice = std::ranges::any_of(losses, [&](const PairLoss& other) {
      return std::minmax(other.first, other.second) == std::minmax(first, second);
    });
    if (!contrasted || twice)
      throw UsageError(fmt::format("contrast.{} is [\"{}\", \"{}\"], {}", key, entry.views[0],
                                   entry.views[1],
                                   twice ? "which another [[contrast.pair]] has already"
                                         : "but contrast.graph has no direction between them"));
    graph.pairs = std::move(pairs);
    losses.push_back({.first = first, .second = second, .loss = loss_of(entry.contrast, dim)});
  }
  return losses;
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

bool of_batch_alone(const ContrastRecipe& recipe) {
  return contrast::of_batch_alone(loss_of(recipe, 1)) ||
         std::ranges::any_of(recipe.pair, [](const PairEntry& entry) {
           return contrast::of_batch_alone(loss_of(entry.contrast, 1));
         });
}

bool takes_hard_negatives(const ContrastRecipe& recipe) {
  return contrast::takes_hard_negatives(loss_of(recipe, 1)) &&
         std::ranges::all_of(recipe.pair, [](const PairEntry& entry) {
           return contrast::takes_hard_negatives(loss_of(entry.contrast, 1));
         });
}

NegativesKind negative_source(const ContrastRecipe& recipe, std::int64_t samples) {
  if (recipe.negatives) return *recipe.negatives;
  return samples < small_data && !of_batch_alone(recipe) ? NegativesKind::queue
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
  if (recipe.loss == LossKind::multilinear && views.size() < 3)
    throw UsageError(
        fmt::format("contrast.loss = \"multilinear\" contrasts three views or more together, but "
                    "this recipe makes {}: for two take \"k_pair\"",
                    views.size()));
  ViewGraph graph = graph_of(recipe, views);
  std::vector<PairLoss> losses = pair_losses(recipe, views, dim, graph);
  return {.loss = loss_of(recipe, dim),
          .graph = std::move(graph),
          .pair_losses = std::move(losses),
          .negatives = negatives_of(recipe, dim, samples),
          .groups = constraints.groups,
          .present = constraints.present,
          .positives = constraints.positives,
          .hard_negatives = constraints.hard_negatives,
          .seed = seed};
}

}  // namespace cmc::recipe
