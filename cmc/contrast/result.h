#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "cmc/contrast/view_graph.h"
#include "cmc/information/info_nce.h"

namespace cmc::contrast {

/// The `candidate` of a direction whose candidates are tuples of all views but the anchors'.
inline constexpr std::int64_t every_other_view = -1;

/// The figures of one direction: of its own scores, whatever the loss.
struct DirectionFigures {
  /// τ of its loss.
  double temperature = 0;
  /// Mean number of negatives of an anchor; 0: there was none, and the direction adds nothing to
  /// the loss.
  double k = 0;
  /// Mean of its per_anchor.
  double loss = 0;
  /// Mean k-pair value, nats.
  double k_pair_loss = 0;
  /// How often the positive is more similar than every negative, 0 … 1.
  double positive_first = 0;
  /// Mean similarities.
  double positive_similarity = 0;
  double negative_similarity = 0;
  /// log Z that the paper's NCE used; NaN for other losses.
  double log_z = std::numeric_limits<double>::quiet_NaN();
};

/// What one directional loss L^{V₁,V₂} gave.
struct DirectionResult {
  /// The candidate is every_other_view where the loss is over tuples of views.
  ViewPair pair = {};
  /// [A] loss of each anchor, differentiable; undefined where the direction had no negative.
  at::Tensor per_anchor = {};
  /// Rows of the batch that the anchors are, int64 [A]; undefined: all.
  at::Tensor rows = {};
  /// A, the number of samples that take part: those that have both views.
  std::int64_t anchors = 0;
  /// The DirectionFigures in their order, float64 [8] on the embeddings' device.
  at::Tensor numbers = {};
};

/// The figures of a batch.
struct ContrastFigures {
  /// Σ over the directions of weight · mean loss.
  double loss = 0;
  /// τ of this batch: that of the objective's own loss, or where each pair has its own, the
  /// first's.
  double temperature = 0;
  /// b of this batch that the sigmoid loss used; NaN for other losses.
  double logit_bias = std::numeric_limits<double>::quiet_NaN();
  /// Means over the directions that had negatives.
  double k = 0;
  double k_pair_loss = 0;
  double positive_first = 0;
  double positive_similarity = 0;
  double negative_similarity = 0;
  /// Mean log Z of the directions by the paper's NCE; NaN where there are none.
  double log_z = std::numeric_limits<double>::quiet_NaN();
  /// In the order of ContrastResult::directions.
  std::vector<DirectionFigures> directions = {};

  /// log k − L, log(k + 1) − L and log(k + 1) of these scores, nats: means over the directions that
  /// had negatives. (Of the means of k and L they would be more, as far as directions differ in k.)
  information::InfoNce information() const;
  /// log(k + 1) − L: what the batch suggests that two views share or, with a loss over tuples, all
  /// (their total correlation). An estimate of training, not a bound: see docs/theory.md.
  double training_estimate() const { return information().tight_bound; }
  /// log(k + 1), which no estimate exceeds.
  double ceiling() const { return information().ceiling; }
};

/// What Objective::forward gives. Nothing of it waits for the embeddings' device but figures().
struct ContrastResult {
  /// Scalar, differentiable: Σ over the directions of weight · mean loss.
  at::Tensor loss;
  /// Scalar: b that the sigmoid loss used; undefined for other losses.
  at::Tensor logit_bias;
  /// Directions without a negative; they added nothing.
  std::int64_t empty_directions = 0;
  std::vector<DirectionResult> directions;

  /// The figures, fetched from the device in one copy.
  ContrastFigures figures() const;
  /// What figures() fetches, float64 [n] on the embeddings' device, without gradient: for who
  /// fetches more at the same time.
  at::Tensor numbers() const;
};

/// The figures of a ContrastResult by its numbers().
ContrastFigures figures_of(std::span<const double> numbers);

}  // namespace cmc::contrast
