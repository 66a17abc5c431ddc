#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "cmc/kernels/reference/score_chunks.h"

namespace cmc::kernels {

/// What the scores of an anchor's negatives are summed to, with x = s/τ + b.
enum class ScoreSum {
  /// log Σ exp(x); −∞ of none.
  log_sum_exp,
  /// Σ log(1 + exp(x)).
  softplus,
  /// Σ x.
  plain,
};

/// Unit rows and which of their pairs are negatives.
struct ScorePairs {
  /// [A, D] and [n, D], of one type and device, differentiable.
  at::Tensor anchors, candidates;
  /// int64 [A, k], each anchor's own candidates; undefined: all.
  at::Tensor picks = {};
  /// int64 [2, E] of (anchor, column) that are no negatives; undefined: none.
  at::Tensor excluded = {};
  /// Whether anchor i and candidate i belong to one sample, and the candidates are summed over as
  /// well; they get a gradient then alone.
  bool symmetric = false;
  /// Which of them are summed over, by their groups; without groups, all.
  ScoreGroups groups = {};
};

/// Unit rows of embeddings as scores are made of them: float32, float64 where the embeddings are,
/// [N, D], differentiable. Throws Error as check_embeddings does.
at::Tensor summed_rows(const at::Tensor& embeddings, std::string_view name);

/// Sums over the negatives of each row, and where pairs are symmetric of each column.
struct ScoreSums {
  /// [A] and [n], differentiable; columns undefined unless symmetric.
  at::Tensor rows, columns;
  /// The largest score, −∞ where there is no negative; and the scalar mean score over all
  /// negatives. Carry no gradient.
  at::Tensor hardest_rows, hardest_columns, negative;
  /// How many terms each sum has, int64 [A] and [n], where there are groups.
  at::Tensor terms_rows = {}, terms_columns = {};
};

/// By plain libtorch operators, on any device: scores are computed some rows at a time, again on
/// the way back, so that memory grows with A + n and not with A · n. With create_graph the gradient
/// is that of whole matrices, and differentiable again. Nothing waits for the device where excluded
/// pairs lie on the CPU. `temperature`: scalar τ; `bias`: scalar b; undefined: 0; both
/// differentiable. Throws Error on an excluded pair out of range, or where there is no negative at
/// all.
ScoreSums score_sums(ScoreSum kind, const ScorePairs& pairs, const at::Tensor& temperature,
                     const at::Tensor& bias = {});

}  // namespace cmc::kernels
