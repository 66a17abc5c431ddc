#include "cmc/recipe/contrast_keys.h"

#include <fmt/format.h>

namespace cmc::recipe {
namespace {

const Choices<std::optional<NegativesKind>> sources = {{std::nullopt, "auto"},
                                                       {NegativesKind::batch, "batch"},
                                                       {NegativesKind::bank, "bank"},
                                                       {NegativesKind::queue, "queue"}};

}  // namespace

template <class Visitor>
void describe(Visitor& v, ContrastRecipe& o) {
  choice(v, "loss", o.loss, losses, "the loss");
  v.field("temperature", o.temperature,
          "τ; 0 would divide by zero and τ < 0 would pull negatives closer", above(0));
  choice(v, "temperature_mode", o.temperature_mode,
         {{TemperatureKind::fixed, "fixed"},
          {TemperatureKind::cosine, "cosine"},
          {TemperatureKind::learned, "learned"}},
         "how τ moves");
  v.field("temperature_end", o.temperature_end, "cosine: τ at the end", above(0));
  v.field("temperature_steps", o.temperature_steps, "cosine: steps until then", at_least(1));
  v.field("class_prior", o.class_prior,
          "k_pair: probability that a negative is of the anchor's class; 0: no correction",
          between(0, 0.999));
  v.field("margin", o.margin, "triplet: the margin", above(0));
  using contrast::Mining;
  choice(v, "mining", o.mining,
         {{Mining::all, "all"}, {Mining::hardest, "hardest"}, {Mining::semi_hard, "semi_hard"}},
         "triplet: which negatives");
  v.field("log_z_momentum", o.log_z_momentum, "nce: momentum of the running log Z",
          between(0, 0.9999));
  v.field("positives", o.positives,
          "multi_positive: \"label\", or columns of the manifest: samples that share one are "
          "positives of each other");
  using kernels::PositiveMean;
  choice(v, "positive_mean", o.positive_mean,
         {{PositiveMean::outside, "outside"}, {PositiveMean::inside, "inside"}},
         "multi_positive: the mean over positives, outside the logarithm or inside");
  choice(v, "graph", o.graph, graphs, "which views are contrasted");
  v.field("core", o.core, "core: the view that is contrasted with every other");
  v.field("pairs", o.pairs, "list: pairs \"anchor>candidate\"");
  v.field("weights", o.weights, "list: the weight of each pair", above(0));
  choice(v, "negatives", o.negatives, sources,
         "negative source; auto: a queue of every sample below 100,000, else the batch");
  v.field("k", o.k, "bank, auto: number of negatives of an anchor; -1: all", at_least(-1));
  using Bank = contrast::MemoryBankOptions;
  choice(v, "draw", o.draw,
         {{Bank::Draw::per_anchor, "per_anchor"}, {Bank::Draw::shared, "shared"}},
         "bank: one draw for each anchor, or one for the batch");
  choice(v, "positive", o.positive,
         {{Bank::Positive::batch, "batch"}, {Bank::Positive::bank, "bank"}},
         "bank: where the positive comes from");
  v.field("bank_momentum", o.bank_momentum, "bank: momentum of a vector", between(0, 0.9999));
  choice(v, "bank_precision", o.bank_precision, {{at::kFloat, "fp32"}, {at::kBFloat16, "bf16"}},
         "bank: number format");
  v.field("queue_length", o.queue_length, "queue: length", at_least(1));
  v.field("queue_recent", o.queue_recent,
          "queue, auto: share of all keys so far that is used, the newest; 1: the whole queue",
          between(0.001, 1));
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.k == 0) v.refuse("k", "= 0 is out of range: it must be -1, for all, or ≥ 1");
    if (o.loss == LossKind::nt_xent && o.negatives && *o.negatives != NegativesKind::batch)
      v.refuse("negatives", fmt::format("is \"{}\": loss = \"nt_xent\" has the batch's views as "
                                        "negatives, so it must be \"auto\" or \"batch\"",
                                        name_of(sources, o.negatives)));
    if (o.loss == LossKind::multi_positive && o.positives.empty())
      v.refuse("loss",
               "is \"multi_positive\", but positives is empty: it must be \"label\", or columns of "
               "the manifest");
    if (o.loss != LossKind::multi_positive && !o.positives.empty())
      v.refuse("positives", fmt::format("is for loss = \"multi_positive\": \"{}\" has one positive "
                                        "an anchor, its own other view",
                                        name_of(losses, o.loss)));
    if (o.graph == GraphKind::list && o.pairs.empty())
      v.refuse("graph", "is \"list\", but pairs, which lists \"anchor>candidate\", is empty");
  }
}

template void describe(FieldReader&, ContrastRecipe&);
template void describe(FieldWriter&, ContrastRecipe&);
template void describe(FieldLister&, ContrastRecipe&);

}  // namespace cmc::recipe
