#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cmc/distributed/process_group.h"

namespace torch::autograd {
struct Node;
}

namespace cmc::training {

/// A parameter whose gradient is the sum over the processes of `share` times theirs.
struct SharedParameter {
  at::Tensor parameter;
  double share = 1;
};

/// Adds up the gradients of several processes, some of them at a time, in the background of the
/// backward pass: the last layers' travel while the first ones' are computed. (libtorch's own
/// reducer can't be compiled from Debian's headers.)
///
///     buckets.begin();   // before the last backward pass of a step
///     loss.backward();
///     buckets.finish();  // every gradient is the sum
class GradientBuckets {
 public:
  /// The same parameters, in the same order, in all processes; the group and the parameters must
  /// live as long. A bucket is sent once it holds `least_bytes`.
  GradientBuckets(distributed::ProcessGroup& group, const std::vector<SharedParameter>& parameters,
                  std::int64_t least_bytes = std::int64_t{1} << 20);
  ~GradientBuckets();
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  void begin();
  /// A gradient that no process has stays undefined. Throws distributed::Lost.
  void finish();

 private:
  struct Bucket;

  void ready(std::size_t parameter);
  void send_ready(bool all);

  distributed::ProcessGroup& group_;
  std::vector<SharedParameter> parameters_;
  std::vector<std::unique_ptr<Bucket>> buckets_;
  std::vector<std::size_t> bucket_of_;  ///< of each parameter
  /// What adds to a parameter's gradient, and its hook there.
  std::vector<std::pair<std::shared_ptr<torch::autograd::Node>, std::uintptr_t>> hooks_;
  bool expecting_ = false;
  std::size_t next_ = 0;  ///< bucket to send
};

}  // namespace cmc::training
