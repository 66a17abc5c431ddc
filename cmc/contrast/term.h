#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "cmc/contrast/losses/loss.h"
#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/result.h"
#include "cmc/contrast/view_graph.h"

namespace torch::nn {
class Module;
}

namespace cmc::contrast {

struct EmbeddedBatch;
class NegativeSource;

/// What a term contrasts.
struct Meeting {
  const EmbeddedBatch& batch;
  const NegativeSource& source;
  /// int64 [N] on the CPU: the same for duplicates.
  at::Tensor groups;
  /// Key of random draws: the objective's seed, and how many updates there were.
  std::uint64_t seed = 0;
  std::int64_t step = 0;
};

/// One loss over the directions of a view graph, or over tuples of its views. An objective is a sum
/// of terms: its own loss, and those of the pairs of views that have one of their own.
class Term {
 public:
  /// Parameters and buffers (a learned τ as `log_inverse_temperature`, what the loss keeps) are
  /// registered in `owner`. Throws Error on options that cannot be met.
  Term(const Loss& loss, const ViewGraph& graph, std::uint64_t seed, torch::nn::Module& owner);

  /// τ after `step` updates: a scalar tensor, differentiable where τ is learned.
  at::Tensor temperature(std::int64_t step) const;

  /// Whether it contrasts two views, in one direction or both.
  bool contrasts(std::int64_t first, std::int64_t second) const;

  /// Whether the term has a negative in a batch: arguments as has_a_pair has them.
  bool has_negatives(const at::Tensor& present, const at::Tensor& groups,
                     const at::Tensor& positives, std::optional<std::int64_t> anchors) const;

  /// Adds its directions to a result, and its loss, Σ weight · mean, to the result's.
  void contrast(const Meeting& meeting, ContrastResult& result);

  /// The same of the loss that held-out samples are read by: the k-pair loss at the τ of now or, of
  /// tuples of views, the loss itself.
  void measure(const Meeting& meeting, ContrastResult& result);

  /// Moves what follows training: log Z; a learned τ is clamped.
  void update();

 private:
  Loss loss_;
  ViewGraph graph_;
  at::Tensor log_inverse_temperature_;
  LossState state_;
};

}  // namespace cmc::contrast
