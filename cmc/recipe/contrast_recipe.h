#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmc/contrast/objective.h"

namespace cmc::recipe {

/// Which loss, of contrast::Loss.
enum class LossKind { k_pair, nt_xent, logistic, nce, triplet, multi_positive };

/// How τ moves: contrast::Temperature.
enum class TemperatureKind { fixed, cosine, learned };

/// Which views are contrasted: contrast::ViewGraph.
enum class GraphKind { full, core, list };

/// Where negatives come from, of contrast::Negatives.
enum class NegativesKind { batch, bank, queue };

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
  /// triplet.
  double margin = 0.2;
  contrast::Mining mining = contrast::Mining::all;
  /// nce: how much of the running log Z stays at each step.
  double log_z_momentum = 0.99;
  /// multi_positive: which samples are positives of each other: those that share their label, by
  /// "label", or their cell in a column of the manifest; one of several is enough.
  std::vector<std::string> positives = {};
  kernels::PositiveMean positive_mean = kernels::PositiveMean::outside;

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
  contrast::MemoryBankOptions::Positive positive = contrast::MemoryBankOptions::Positive::batch;
  double bank_momentum = 0.5;
  at::ScalarType bank_precision = at::kFloat;
  /// queue.
  std::int64_t queue_length = 4096;
  /// queue, auto: QueueOptions::recent.
  double queue_recent = 0.05;
};

/// Below so many training samples each can be a negative of every other.
inline constexpr std::int64_t small_data = 100000;

/// Where negatives come from, also where that is left open, for so many training samples. NT-Xent
/// has the batch's alone.
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
