#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmc/contrast/objective.h"

namespace cmc::recipe {

/// Which loss, of contrast::Loss.
enum class LossKind {
  k_pair,
  nt_xent,
  logistic,
  nce,
  triplet,
  sigmoid,
  decoupled,
  multi_positive,
  multilinear,
  vicreg,
  barlow_twins,
};

/// How b of the sigmoid loss moves: contrast::LogitBias.
enum class LogitBiasKind { learned, fixed };

/// How τ moves: contrast::Temperature.
enum class TemperatureKind { fixed, cosine, learned };

/// Which views are contrasted: contrast::ViewGraph.
enum class GraphKind { full, core, list };

/// Where negatives come from, of contrast::Negatives.
enum class NegativesKind { batch, bank, queue };

struct PairEntry;

/// The [contrast] table of a recipe. It becomes contrast::ObjectiveOptions once the views and the
/// number of samples are known.
struct ContrastRecipe {
  LossKind loss = LossKind::k_pair;
  double temperature = 0.07;
  /// cosine: from `temperature` to `temperature_end` over `temperature_steps`.
  TemperatureKind temperature_mode = TemperatureKind::fixed;
  double temperature_end = 0.07;
  std::int64_t temperature_steps = 1000;
  /// k_pair: π⁺ of the debiased loss; 0: no correction.
  double class_prior = 0;
  /// k_pair: β of hard negatives; 0: all negatives weigh 1.
  double hardness = 0;
  /// sigmoid: b, where it starts or stays.
  double logit_bias = -10;
  LogitBiasKind logit_bias_mode = LogitBiasKind::learned;
  /// decoupled: σ of the positives' weights; 0: none.
  double weight_sigma = 0;
  /// triplet.
  double margin = 0.2;
  contrast::Mining mining = contrast::Mining::all;
  /// nce: how much of the running log Z stays at each step.
  double log_z_momentum = 0.99;
  /// multi_positive: which samples are positives of each other: those that share their label, by
  /// "label", or their cell in a column of the manifest; one of several is enough.
  std::vector<std::string> positives = {};
  kernels::PositiveMean positive_mean = kernels::PositiveMean::outside;
  /// Columns of the manifest that name hard negatives: samples that an anchor must meet.
  std::vector<std::string> hard_negatives = {};
  /// multilinear.
  contrast::TupleNegatives tuples = contrast::TupleNegatives::permuted;
  contrast::MissingViews missing_views = contrast::MissingViews::left_out;
  /// vicreg: λ, μ, ν, γ and ε.
  double invariance = 25;
  double variance = 25;
  double covariance = 1;
  double variance_target = 1;
  double variance_epsilon = 1e-4;
  /// barlow_twins: λ.
  double redundancy = 0.005;

  /// core: `core` with each other view; list: `pairs`, with `weights` where given.
  GraphKind graph = GraphKind::full;
  std::string core;
  std::vector<std::string> pairs;
  std::vector<double> weights;

  /// Nothing, "auto" in a recipe: with fewer than small_data samples every one of them, by a queue
  /// as long as the data set, else the batch's.
  std::optional<NegativesKind> negatives = {};
  /// bank, auto: negatives of an anchor; −1: all.
  std::int64_t k = -1;
  /// bank.
  contrast::MemoryBankOptions::Draw draw = contrast::MemoryBankOptions::Draw::per_anchor;
  contrast::MemoryBankOptions::Positive positive = contrast::MemoryBankOptions::Positive::bank;
  double bank_momentum = 0.5;
  at::ScalarType bank_precision = at::kFloat;
  /// queue.
  std::int64_t queue_length = 4096;
  /// queue, auto: QueueOptions::recent.
  double queue_recent = 0.05;

  /// Pairs of views that differ from what stands above.
  std::vector<PairEntry> pair = {};
};

/// A [[contrast.pair]]: a loss of its own for two views, and weights of its two directions.
struct PairEntry {
  /// Two names: first and second.
  std::vector<std::string> views = {};
  /// Factor of both directions.
  double weight = 1;
  /// Factors of the direction from first to second and back; 0 leaves one out. Empty: 1 and 1.
  std::vector<double> weights = {};
  /// Of it the keys of the loss count: those of [contrast], where the entry has none of its own.
  ContrastRecipe contrast = {};
};

/// Below so many training samples each can be a negative of every other.
inline constexpr std::int64_t small_data = 100000;

/// Whether its loss, or that of a pair, has the batch's own embeddings alone.
bool of_batch_alone(const ContrastRecipe& recipe);

/// Whether its loss and those of pairs take hard negatives.
bool takes_hard_negatives(const ContrastRecipe& recipe);

/// Where negatives come from, also where that is left open, for so many training samples. Some
/// losses have the batch's alone.
NegativesKind negative_source(const ContrastRecipe& recipe, std::int64_t samples);

/// Whether `k` says how many negatives an anchor has, of so many samples: a bank's, or those of the
/// queue that "auto" comes to.
bool counts_by_k(const ContrastRecipe& recipe, std::int64_t samples);

/// The objective of a recipe over the named views, of embeddings of dimension `dim`, for `samples`
/// samples; a bank's k is at most the other samples. Throws UsageError where the graph names a view
/// that isn't there.
contrast::ObjectiveOptions objective_options(const ContrastRecipe& recipe,
                                             const std::vector<std::string>& views,
                                             std::int64_t dim, std::int64_t samples,
                                             std::uint64_t seed,
                                             const contrast::SampleConstraints& constraints = {});

}  // namespace cmc::recipe
