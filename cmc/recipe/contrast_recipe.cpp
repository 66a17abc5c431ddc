#include "cmc/recipe/contrast_recipe.h"

#include <algorithm>

#include "cmc/error.h"

namespace cmc::recipe {
namespace {

using namespace contrast;

Temperature temperature_of(const ContrastRecipe& recipe) {
  if (recipe.temperature_mode == "learned")
    return LearnedTemperature{.initial = recipe.temperature};
  if (recipe.temperature_mode == "cosine")
    return TemperatureSchedule{.from = recipe.temperature,
                               .to = recipe.temperature_end,
                               .steps = recipe.temperature_steps};
  return recipe.temperature;
}

Loss loss_of(const ContrastRecipe& recipe) {
  const Temperature temperature = temperature_of(recipe);
  if (recipe.loss == "nt_xent") return NtXentOptions{.temperature = temperature};
  if (recipe.loss == "logistic") return LogisticOptions{.temperature = temperature};
  if (recipe.loss == "nce")
    return NceOptions{.temperature = temperature, .momentum = recipe.log_z_momentum};
  if (recipe.loss == "triplet") {
    const Mining mining = recipe.mining == "hardest"     ? Mining::hardest
                          : recipe.mining == "semi_hard" ? Mining::semi_hard
                                                         : Mining::all;
    return TripletOptions{.margin = recipe.margin, .mining = mining};
  }
  return KPairOptions{.temperature = temperature, .class_prior = recipe.class_prior};
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

ViewGraph graph_of(const ContrastRecipe& recipe, const std::vector<std::string>& views) {
  const auto count = static_cast<std::int64_t>(views.size());
  if (recipe.graph == "core") return ViewGraph::core(view_index(recipe.core, views, "core"), count);
  if (recipe.graph == "full") return ViewGraph::full(count);
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
  return ViewGraph::list(count, std::move(pairs));
}

Negatives negatives_of(const ContrastRecipe& recipe, std::int64_t dim, std::int64_t samples) {
  const std::string source = negative_source(recipe, samples);
  if (source == "bank")
    return MemoryBankOptions{.samples = samples,
                             .dim = dim,
                             .k = std::min(recipe.k, samples - 1),
                             .draw = recipe.draw == "shared" ? MemoryBankOptions::Draw::shared
                                                             : MemoryBankOptions::Draw::per_anchor,
                             .positive = recipe.positive == "bank"
                                             ? MemoryBankOptions::Positive::bank
                                             : MemoryBankOptions::Positive::batch,
                             .momentum = recipe.bank_momentum,
                             .dtype = recipe.bank_precision == "bf16" ? at::kBFloat16 : at::kFloat};
  if (source == "queue") {
    if (!counts_by_k(recipe, samples))
      return QueueOptions{.length = recipe.queue_length, .dim = dim, .recent = recipe.queue_recent};
    return QueueOptions{.length = recipe.k > 0 ? std::min(recipe.k, samples - 1) : samples,
                        .dim = dim,
                        .recent = recipe.queue_recent};
  }
  return BatchOptions{};
}

}  // namespace

std::string negative_source(const ContrastRecipe& recipe, std::int64_t samples) {
  if (recipe.negatives != "auto") return recipe.negatives;
  return samples < small_data && recipe.loss != "nt_xent" ? "queue" : "batch";
}

bool counts_by_k(const ContrastRecipe& recipe, std::int64_t samples) {
  const std::string source = negative_source(recipe, samples);
  return source == "bank" || (source == "queue" && recipe.negatives == "auto");
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
          .seed = seed};
}

}  // namespace cmc::recipe
