#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/temperature.h"
#include "cmc/contrast/tuples.h"
#include "cmc/contrast/view_graph.h"

namespace torch::nn {
class Module;
}

namespace cmc::contrast {

/// Which tuples of the other views an anchor meets as negatives, of a batch of N samples (groups of
/// duplicates count as one) and M views.
enum class TupleNegatives {
  /// N − M + 1: the other views shuffled against each other, every tuple of M − 1 different samples
  /// and none of the anchor's own.
  permuted,
  /// N^(M − 1) − 1: all but the positive, those with some of the anchor's own embeddings among
  /// them.
  /// For batches of some hundreds and three views.
  all,
};

/// What becomes of a sample that lacks a view.
enum class MissingViews {
  /// It does not take part.
  left_out,
  /// A learned embedding of the view stands in, as long as the sample has two other views or more.
  stand_in,
};

/// Options of the multilinear contrastive loss, Symile (Saporta et al. 2024, arXiv 2411.01053, eq.
/// 6 and 7): three views or more are contrasted together, each in turn as the anchor. It sees what
/// views share only together, such as v₃ = v₁ XOR v₂, whose pairs share nothing.
///
/// With u the embeddings scaled to unit length, the score of a tuple is its multilinear inner
/// product over τ, s/τ = Σ_d Π_m u_md / τ, and the loss of an anchor
///
///   −log [exp(s⁺/τ) / (exp(s⁺/τ) + Σ_t exp(s_t/τ))].
///
/// log(k + 1) − L bounds the total correlation of the views, Σ_m H(v_m) − H(v_1, …, v_M), from
/// below (their theorem 3.1), as that of the k-pair loss does the information of two.
struct MultilinearOptions {
  Temperature temperature = 0.07;
  TupleNegatives negatives = TupleNegatives::permuted;
  MissingViews missing = MissingViews::left_out;
  /// D of the embeddings, for MissingViews::stand_in.
  std::int64_t dim = 128;
  static constexpr bool of_batch_alone = true;
};

/// Throws Error unless D ≥ 1.
void check_options(const MultilinearOptions& options);

/// Throws Error unless the graph is full and has three views or more.
void check_graph(const MultilinearOptions& options, const ViewGraph& graph);

/// The stand-ins as parameters of `owner`, "stand_in_0", … of the views 0, …: standard normal at
/// first. Nothing where none are asked for.
void register_state(const MultilinearOptions& options, std::int64_t views, std::uint64_t seed,
                    LossState& state, torch::nn::Module& owner);

/// Whether a batch has a negative: M samples that take part and are no duplicates. `present`,
/// `groups`: as has_a_pair has them.
bool has_negatives(const MultilinearOptions& options, const ViewGraph& graph,
                   const at::Tensor& present, const at::Tensor& groups);

/// The loss that held-out samples are read by: with permuted tuples, whose embeddings are
/// independent of each other and of the anchor, as a bound needs.
MultilinearOptions held_out_reading(const MultilinearOptions& options);

/// Any device; holds a block of anchors × tuples, never all. Throws Error where a row that takes
/// part is zero or not finite, or has another D than the stand-ins.
TupleScores score(const MultilinearOptions& options, const TupleBatch& batch,
                  const at::Tensor& temperature, LossState& state);

/// Σ_d c_d Π_m g_md of each tuple of embeddings with each candidate, all scaled to unit length:
/// [A, n]. `given`: one [A, D] for each view but the candidates', raw; `candidates`: [n, D], raw.
/// What retrieves the missing view of a tuple.
at::Tensor multilinear_scores(const std::vector<at::Tensor>& given, const at::Tensor& candidates);

}  // namespace cmc::contrast
