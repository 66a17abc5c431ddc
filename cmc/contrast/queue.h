#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "cmc/contrast/negatives.h"

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

  /// [size, D], unit rows.
  at::Tensor vectors(std::int64_t view) const { return vectors_[view].narrow(0, 0, size()); }

  /// Sample of each row, int64 [size].
  at::Tensor samples() const { return samples_.narrow(0, 0, size()); }

  /// Rows whose sample has both views, int64 ascending; undefined where all have.
  at::Tensor candidates(std::int64_t anchor_view, std::int64_t candidate_view) const;

  /// Pushes the keys of the samples `indices` [N], one [N, D] a view, over the oldest rows; the
  /// last L where N > L. `present`: bool [N, views] or undefined.
  void push(const at::Tensor& indices, const std::vector<at::Tensor>& keys,
            const at::Tensor& present);

 private:
  at::Tensor vectors_, samples_, present_, pushed_;
};
TORCH_MODULE(Queue);

}  // namespace cmc::contrast
