#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "cmc/contrast/negatives/negatives.h"

namespace cmc::contrast {

/// The newest embeddings that a momentum encoder gave (He et al. 2020, MoCo, section 3.2), first in
/// first out. Its buffers, which a checkpoint finds: `vectors` [views, L, D] of unit rows,
/// `samples` int64 [L], `present` bool [views, L], and `pushed`, int64 scalar, how many rows were
/// ever pushed, from which the place of the next one follows.
class QueueImpl : public torch::nn::Module {
 public:
  /// Throws Error on options that cannot be met.
  QueueImpl(const QueueOptions& options, std::int64_t views);

  /// Rows filled so far, at most L.
  std::int64_t size() const;

  /// What anchors may meet: unit rows [K, D], and the sample of each, int64 [K].
  struct Candidates {
    at::Tensor vectors, samples;
  };

  /// The candidates in one view for a batch of samples `indices` [N] with their keys [N, D], as
  /// they were given, in that view: the batch's (the last L where N > L), then of the queue the
  /// newest, up to L in all and QueueOptions::recent of all keys, whose samples have both views and
  /// are not in the batch.
  Candidates candidates(std::int64_t anchor_view, std::int64_t candidate_view,
                        const at::Tensor& indices, const at::Tensor& keys) const;

  /// Pushes the keys of the samples `indices` [N], one [N, D] a view, over the oldest rows; the
  /// last L where N > L. `present`: bool [N, views] or undefined.
  void push(const at::Tensor& indices, const std::vector<at::Tensor>& keys,
            const at::Tensor& present);

 private:
  double recent_;
  at::Tensor vectors_, samples_, present_, pushed_;
};
TORCH_MODULE(Queue);

}  // namespace cmc::contrast
