#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "cmc/contrast/cpu_buffers.h"
#include "cmc/contrast/losses/loss.h"
#include "cmc/contrast/negatives/negatives.h"
#include "cmc/contrast/result.h"
#include "cmc/contrast/sample_constraints.h"
#include "cmc/contrast/term.h"
#include "cmc/contrast/view_graph.h"

namespace cmc::contrast {

/// A loss of its own for the directions between two views, with a τ of its own. (Their weights
/// stand in the view graph.)
struct PairLoss {
  std::int64_t first = 0;
  std::int64_t second = 1;
  Loss loss = KPairOptions{};
};

/// What is contrasted, with what, and how.
struct ObjectiveOptions {
  Loss loss = KPairOptions{};
  ViewGraph graph = ViewGraph::full(2);
  /// In place of `loss` for some pairs of the graph.
  std::vector<PairLoss> pair_losses = {};
  Negatives negatives = BatchOptions{};
  /// Group of each sample of the data set, int64 [n], or undefined: samples of one group are
  /// duplicates and never meet as negatives.
  at::Tensor groups = {};
  /// Which views each sample of the data set has, bool [n, views], or undefined: all, as far as is
  /// known. A memory bank's negatives are samples that have both views of a pair from the first
  /// step on.
  at::Tensor present = {};
  /// Positive groups of each sample of the data set, int64 [n] or [n, C], for a loss that has
  /// several positives (MultiPositiveOptions): samples that have the same number in one of the
  /// columns are positives of each other; −1: no group, so that a sample's only positive is its own
  /// other view, and it is a negative to others. Undefined for every other loss.
  at::Tensor positives = {};
  /// Hard negatives: samples that each sample's anchor must meet as negatives beside those that are
  /// drawn from a memory bank, int64 [n, H], −1 where a sample has fewer (Karpukhin et al. 2020,
  /// DPR, arXiv 2004.04906, section 3.2, whose hard negatives are passages of a search engine).
  /// They are met as the bank holds them; one that lacks a view of the pair is left out. Undefined:
  /// none, and for every other source: a batch brings its own hard negatives
  /// (BatchExtras::anchors).
  at::Tensor hard_negatives = {};
  /// Key of every random draw.
  std::uint64_t seed = 0;
};

/// What a batch may bring beside embeddings and indices.
struct BatchExtras {
  /// bool [N, views]: which views a sample has; undefined: all. Rows of `embeddings` for absent
  /// views are not read.
  at::Tensor present = {};
  /// The momentum encoders' embeddings, one [N, D] a view; a queue needs them and nothing else
  /// does.
  std::vector<at::Tensor> keys = {};
  /// The first so many rows are anchors; the others, such as their hard negatives, are candidates
  /// alone, which the anchors meet in either view and with gradient, but which have no loss of
  /// their own. Nothing: all rows are anchors. With a queue their keys are met. Refused where a
  /// memory bank gives the negatives, and for losses over tuples of views or without negatives. Of
  /// candidates alone, too, NCE estimates log Z, and the mean similarity of negatives is taken.
  std::optional<std::int64_t> anchors = {};
};

/// The contrastive loss of a batch: the weighted sum of directional losses over the view graph.
///
/// A module: a learned τ is its parameter `log_inverse_temperature`, a learned b of the sigmoid
/// loss `logit_bias`; the bank, the queue, log Z and the number of updates are its buffers, so that
/// `.to()`, optimisers and checkpoints find them. (What of them tells samples or updates by number
/// stays on the CPU.) What belongs to the loss of a pair (0, 1) stands in its module `pair_0_1`.
///
///   Objective objective({.loss = KPairOptions{.temperature = 0.07}, .graph = ViewGraph::full(3)});
///   ContrastResult result = objective->forward(embeddings, indices);
///   result.loss.backward();
///   optimizer.step();
///   objective->update(indices, embeddings);
class ObjectiveImpl : public CpuBuffers {
 public:
  /// Throws Error on options that cannot be met: τ ≤ 0, a view that isn't there, k above the
  /// bank's, a bank for a loss of the batch alone, positive groups without a loss that takes them,
  /// ….
  explicit ObjectiveImpl(const ObjectiveOptions& options);

  /// The loss and its figures. `embeddings`: one [N, D] a view, raw (normalised inside), rows of
  /// one sample; `indices`: int64 [N], the samples' indices in their data set. Changes no state:
  /// two calls with one batch give the same. Throws Error on a wrong number of views, shapes that
  /// differ, a row that takes part and is zero or not finite (named by view and row of the batch),
  /// indices out of range or repeated, or no negative in any direction.
  ///
  /// It does not wait for the embeddings' device, as far as indices and masks lie on the CPU. So
  /// the rows' numbers are looked at on the CPU alone: elsewhere one that is zero or not finite
  /// makes the loss NaN.
  ContrastResult forward(const std::vector<at::Tensor>& embeddings, const at::Tensor& indices,
                         const BatchExtras& extras = {});

  /// What held-out samples say: the k-pair loss of every direction, at the τ of its own loss, or of
  /// tuples of views their loss itself, with the batch's other samples as negatives, whichever the
  /// objective's are. Without gradient; changes no state. Arguments and errors as of forward;
  /// `indices` may be of another data set.
  ContrastResult measure(const std::vector<at::Tensor>& embeddings, const at::Tensor& indices,
                         const at::Tensor& present = {});

  /// Whether a batch has a negative in some direction, so that forward has a loss. `present`: bool
  /// [N, views] or undefined; `groups`: int64 [N] on the CPU, the same for duplicates (groups_of);
  /// `positives`: int64 [N, C] on the CPU or undefined (positives_of); `anchors`: as BatchExtras
  /// has it.
  bool has_negatives(const at::Tensor& present, const at::Tensor& groups,
                     const at::Tensor& positives = {},
                     std::optional<std::int64_t> anchors = {}) const;

  /// Moves what follows training, after the optimiser's step: the bank takes the embeddings, the
  /// queue the extras' keys, log Z the last forward pass's estimate, the schedule of τ and the
  /// random draws one step; a learned τ is clamped. Rows of candidates alone are kept as all
  /// others.
  void update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
              const BatchExtras& extras = {});

  /// The samples `indices`, int64 [E], turned out to be unreadable: a memory bank has them as
  /// negatives no more.
  void leave_out(const at::Tensor& indices);

  /// The groups of the samples `indices`, int64 [N] on the CPU; without groups the indices.
  at::Tensor groups_of(const at::Tensor& indices) const;

  /// The positive groups of the samples `indices`, int64 [N, C] on the CPU; undefined without.
  at::Tensor positives_of(const at::Tensor& indices) const;

  /// τ now: a scalar tensor, differentiable where τ is learned. That of `loss`, or where each pair
  /// has a loss of its own, the first's.
  at::Tensor temperature() const;

  /// That of the loss of two views, in either direction; of `loss` where no pair of them is
  /// contrasted.
  at::Tensor temperature(std::int64_t first, std::int64_t second) const;

  const ObjectiveOptions& options() const { return options_; }

 private:
  EmbeddedBatch checked(const std::vector<at::Tensor>& embeddings, const at::Tensor& indices,
                        const BatchExtras& extras) const;

  void add_terms();

  ObjectiveOptions options_;
  SampleConstraints constraints_;
  at::Tensor step_;
  std::vector<Term> terms_;
  std::shared_ptr<NegativeSource> source_;
};

/// Holder of ObjectiveImpl that options build in place; `Objective({})` has the default options.
class Objective : public torch::nn::ModuleHolder<ObjectiveImpl> {
 public:
  explicit Objective(const ObjectiveOptions& options)
      : ModuleHolder(std::make_shared<ObjectiveImpl>(options)) {}

  /// Holds nothing yet. A template, so that empty braces mean options.
  template <std::same_as<std::nullptr_t> Null>
  Objective(Null null) : ModuleHolder(null) {}  // NOLINT(google-explicit-constructor)
};

}  // namespace cmc::contrast
