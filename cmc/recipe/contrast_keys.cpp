#include "cmc/recipe/contrast_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmc::recipe {
namespace {

const Choices<std::optional<NegativesKind>> sources = {{std::nullopt, "auto"},
                                                       {NegativesKind::batch, "batch"},
                                                       {NegativesKind::bank, "bank"},
                                                       {NegativesKind::queue, "queue"}};

/// The keys of a loss, which a [[contrast.pair]] may have too.
template <class Visitor>
void describe_loss(Visitor& v, ContrastRecipe& o) {
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
  v.field("hardness", o.hardness,
          "k_pair: β, how much more near negatives weigh, by exp(β s/τ); 0: all weigh alike",
          between(0, 100));
  v.field("logit_bias", o.logit_bias,
          "sigmoid: b of the log odds s/τ + b; as published, temperature = 0.1, learned");
  choice(v, "logit_bias_mode", o.logit_bias_mode,
         {{LogitBiasKind::learned, "learned"}, {LogitBiasKind::fixed, "fixed"}},
         "sigmoid: whether b moves");
  v.field("weight_sigma", o.weight_sigma,
          "decoupled: σ of the weights of positives, such as 0.5, by which far ones count more; "
          "0: all count alike",
          between(0, 100));
  v.field("margin", o.margin, "triplet: the margin", above(0));
  using contrast::Mining;
  choice(v, "mining", o.mining,
         {{Mining::all, "all"}, {Mining::hardest, "hardest"}, {Mining::semi_hard, "semi_hard"}},
         "triplet: which negatives");
  v.field("log_z_momentum", o.log_z_momentum, "nce: momentum of the running log Z",
          between(0, 0.9999));
  using kernels::PositiveMean;
  choice(v, "positive_mean", o.positive_mean,
         {{PositiveMean::outside, "outside"}, {PositiveMean::inside, "inside"}},
         "multi_positive: the mean over positives, outside the logarithm or inside");
  using contrast::TupleNegatives;
  choice(v, "tuples", o.tuples,
         {{TupleNegatives::permuted, "permuted"}, {TupleNegatives::all, "all"}},
         "multilinear: the negatives, shuffled tuples of the batch or all");
  using contrast::MissingViews;
  choice(v, "missing_views", o.missing_views,
         {{MissingViews::left_out, "left_out"}, {MissingViews::stand_in, "stand_in"}},
         "multilinear: samples that lack a view are left out, or a learned embedding stands in");
  v.field("invariance", o.invariance, "vicreg: weight λ of the invariance", at_least(0));
  v.field("variance", o.variance, "vicreg: weight μ of the variance", at_least(0));
  v.field("covariance", o.covariance, "vicreg: weight ν of the covariance", at_least(0));
  v.field("variance_target", o.variance_target, "vicreg: γ, the least standard deviation",
          at_least(0));
  v.field("variance_epsilon", o.variance_epsilon, "vicreg: ε under its root", above(0));
  v.field("redundancy", o.redundancy, "barlow_twins: weight λ of the redundancy reduction",
          at_least(0));
}

template <class Visitor>
void describe_pair(Visitor& v, PairEntry& o) {
  v.field("views", o.views, "the names of the two views");
  v.field("weight", o.weight, "factor of both directions", above(0));
  v.field("weights", o.weights,
          "factors of the directions from the first view's anchors and from the second's; 0: none",
          at_least(0));
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    choice(v, "loss", o.contrast.loss, losses,
           "with its keys, from temperature to redundancy; what is left out is as in [contrast]");
  } else {
    describe_loss(v, o.contrast);
  }
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.views.size() != 2 || o.views[0] == o.views[1])
      v.refuse("views", "must be two different views, such as [\"image\", \"text\"]");
    if (!o.weights.empty() && o.weights.size() != 2)
      v.refuse("weights",
               fmt::format("has {} numbers; it takes two, forth and back", o.weights.size()));
    if (o.weights.size() == 2 && o.weights[0] == 0 && o.weights[1] == 0)
      v.refuse("weights", "is 0 for both directions; one must be above 0");
    if (o.contrast.loss == LossKind::multilinear)
      v.refuse("loss",
               "is \"multilinear\", which contrasts three views or more together: for a "
               "pair take \"k_pair\"");
  }
}

/// The first loss of the table that has the batch's own embeddings alone.
LossKind batch_loss(const ContrastRecipe& o) {
  ContrastRecipe alone = o;
  alone.pair.clear();
  if (of_batch_alone(alone)) return o.loss;
  return std::ranges::find_if(o.pair,
                              [](const PairEntry& each) { return of_batch_alone(each.contrast); })
      ->contrast.loss;
}

/// The first loss of the table that takes no hard negatives.
LossKind without_hard_negatives(const ContrastRecipe& o) {
  ContrastRecipe alone = o;
  alone.pair.clear();
  if (!takes_hard_negatives(alone)) return o.loss;
  return std::ranges::find_if(
             o.pair, [](const PairEntry& each) { return !takes_hard_negatives(each.contrast); })
      ->contrast.loss;
}

/// Whether an anchor has several positives.
bool several(const ContrastRecipe& o) {
  return o.loss == LossKind::multi_positive;
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ContrastRecipe& o) {
  describe_loss(v, o);
  v.field("positives", o.positives,
          "multi_positive: \"label\", or columns of the manifest: samples that share one are "
          "positives of each other");
  v.field("hard_negatives", o.hard_negatives,
          "columns of the manifest whose cells name samples, several with semicolons between: each "
          "anchor meets those of its cells, beside its other negatives");
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
  PairEntry entry;
  entry.contrast = o;
  entry.contrast.pair.clear();
  v.tables("pair", o.pair, entry, "a pair of views with a loss or weights of its own",
           [](auto& inner, PairEntry& each) { describe_pair(inner, each); });
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.k == 0) v.refuse("k", "= 0 is out of range: it must be -1, for all, or ≥ 1");
    if (of_batch_alone(o) && o.negatives && *o.negatives != NegativesKind::batch)
      v.refuse("negatives",
               fmt::format("is \"{}\": loss = \"{}\" has the batch's own embeddings "
                           "alone, so it must be \"auto\" or \"batch\"",
                           name_of(sources, o.negatives), name_of(losses, batch_loss(o))));
    const bool of_pair =
        std::ranges::any_of(o.pair, [](const PairEntry& each) { return several(each.contrast); });
    if (several(o) && o.positives.empty())
      v.refuse("loss",
               "is \"multi_positive\", but positives is empty: it must be \"label\", or columns of "
               "the manifest");
    if (of_pair && o.positives.empty())
      v.refuse("pair",
               "has the loss \"multi_positive\", but positives is empty: it must be \"label\", or "
               "columns of the manifest");
    if (!several(o) && !of_pair && !o.positives.empty())
      v.refuse("positives", fmt::format("is for loss = \"multi_positive\": \"{}\" has one positive "
                                        "an anchor, its own other view",
                                        name_of(losses, o.loss)));
    if (!o.hard_negatives.empty() && !takes_hard_negatives(o))
      v.refuse("hard_negatives",
               fmt::format("is for losses that contrast pairs of views: \"{}\" takes none",
                           name_of(losses, without_hard_negatives(o))));
    if (!o.hard_negatives.empty() && o.negatives == NegativesKind::bank && o.k == -1)
      v.refuse("hard_negatives",
               "adds nothing to negatives = \"bank\" with k = -1: an anchor meets every sample "
               "there; set k");
    if (o.graph == GraphKind::list && o.pairs.empty())
      v.refuse("graph", "is \"list\", but pairs, which lists \"anchor>candidate\", is empty");
    if (o.loss == LossKind::multilinear && o.graph != GraphKind::full)
      v.refuse("graph",
               fmt::format("is \"{}\": loss = \"multilinear\" contrasts all views together, "
                           "so it must be \"full\"",
                           name_of(graphs, o.graph)));
    if (o.loss == LossKind::multilinear && !o.pair.empty())
      v.refuse("pair",
               "gives a pair a loss of its own, but loss = \"multilinear\" contrasts all views "
               "together and no pairs");
  }
}

template void describe(FieldReader&, ContrastRecipe&);
template void describe(FieldWriter&, ContrastRecipe&);
template void describe(FieldLister&, ContrastRecipe&);

}  // namespace cmc::recipe
