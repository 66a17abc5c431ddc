#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/data/loader.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::training {

/// A batch of which each process has made some rows (data::rows_of_share): what all have to know of
/// it, its rows in the order that one process would have them in.
class WholeBatch {
 public:
  /// `own`: this process's rows of a batch of `batch_size` in `passes` passes. All processes make
  /// one at the same time.
  WholeBatch(distributed::ProcessGroup& group, const data::Batch& own, std::int64_t batch_size,
             std::int64_t passes, std::int64_t views);

  /// N, without what can't be read.
  std::int64_t size() const { return indices_.size(0); }
  /// int64 [N].
  const at::Tensor& indices() const { return indices_; }
  /// bool [N, views]; undefined: all.
  const at::Tensor& present() const { return present_; }
  /// Indices of the samples that can't be read, by any process.
  const std::vector<std::int64_t>& left_out() const { return left_out_; }
  /// int64 [N]: the process that has the row, and the pass that the row belongs to.
  const at::Tensor& owners() const { return owners_; }
  const at::Tensor& passes() const { return passes_; }
  /// int64 [n], ascending: the rows of this process, and of them those of a pass, [first, first +
  /// count).
  const at::Tensor& own() const { return own_; }
  struct Stretch {
    std::int64_t first, count;
  };
  Stretch own_of_pass(std::int64_t pass) const;

  /// [N, D] of everyone's rows [n, D], without gradient.
  at::Tensor gather(const at::Tensor& own) const;

 private:
  distributed::ProcessGroup& group_;
  std::int64_t room_;  ///< rows of a process, at most
  at::Tensor indices_, present_, owners_, passes_, own_;
  at::Tensor places_;  ///< int64 [N]: of each row among the processes' rooms
  std::vector<std::int64_t> left_out_;
};

}  // namespace cmc::training
