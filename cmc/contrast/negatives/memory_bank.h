#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "cmc/contrast/negatives/negatives.h"

namespace cmc::contrast {

/// One unit vector for each sample and view (Tian et al. 2019, section 3.4). Its buffers, which a
/// checkpoint finds: `vectors` [views, n, D], and `present`, bool [views, n], false where a sample
/// is known to lack the view. Before a sample is first stored its vectors are random directions.
class MemoryBankImpl : public torch::nn::Module {
 public:
  /// `present`: bool [n, views], which views the samples are known to have, or undefined: all.
  /// Throws Error on options that cannot be met.
  MemoryBankImpl(const MemoryBankOptions& options, std::int64_t views, std::uint64_t seed,
                 const at::Tensor& present = {});

  /// [n, D], unit rows.
  at::Tensor vectors(std::int64_t view) const { return vectors_[view]; }

  /// Samples that have both views, int64 ascending; undefined where all have.
  at::Tensor candidates(std::int64_t anchor_view, std::int64_t candidate_view) const;

  /// vector ← m · vector + (1 − m) · embedding / ‖embedding‖, renormalised, for the samples
  /// `indices` [N]. `embeddings`: one [N, D] a view; `present`: bool [N, views] or undefined. Takes
  /// no gradient.
  void update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
              const at::Tensor& present);

  /// From now on these samples, int64 [E], are no candidates: they lack every view.
  void leave_out(const at::Tensor& indices);

 private:
  MemoryBankOptions options_;
  at::Tensor vectors_, present_;
};
TORCH_MODULE(MemoryBank);

/// k rows of the bank for each anchor, drawn uniformly with replacement, int64 [N, k]: anchor i's
/// draws come from stream (seed, step, indices[i], direction), and never hold a sample of its own
/// group.
///
/// `indices` [N]; `groups` [n], the group of each sample (samples of one group are duplicates), or
/// undefined where each is alone; `candidates`, the rows to draw from, or undefined for all n.
/// Anchors that have no candidate get row 0 throughout, and their pairs (i, j) are returned in
/// `excluded` [2, E] (else undefined).
struct Draws {
  at::Tensor picks;
  at::Tensor excluded = {};
};
Draws draw_per_anchor(const at::Tensor& indices, const at::Tensor& groups,
                      const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                      std::uint64_t seed, std::int64_t step, std::uint32_t direction);

/// k rows for all anchors of a batch, uniformly with replacement from `candidates` or 0 … n − 1,
/// int64 [k].
at::Tensor draw_shared(const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                       std::uint64_t seed, std::int64_t step, std::uint32_t direction);

}  // namespace cmc::contrast
