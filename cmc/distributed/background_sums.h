#pragma once

#include <ATen/core/Tensor.h>

#include <deque>
#include <memory>

#include "cmc/distributed/mesh.h"
#include "cmc/distributed/process_group.h"

namespace cmc::distributed {

/// Sums over the processes that travel while their processes compute. No thread is theirs: what the
/// connections take and hold goes on whenever one is started, asked for or waited for, and one
/// after another. Each process adds up a part of every tensor and gives it to all: of n bytes it
/// sends 2n (W − 1)/W.
class BackgroundSums {
 public:
  /// The watch must live as long.
  BackgroundSums(Mesh mesh, const Watch& watch);
  ~BackgroundSums();
  BackgroundSums(const BackgroundSums&) = delete;
  BackgroundSums& operator=(const BackgroundSums&) = delete;

  /// Σ over the processes, in place, the same bits everywhere. This must live longer than what it
  /// returns.
  std::unique_ptr<Pending> start(const at::Tensor& tensor);

 private:
  struct Sum;
  class Started;

  /// Carries on what lies in front, without waiting.
  void advance();

  Mesh mesh_;
  const Watch& watch_;
  std::deque<std::shared_ptr<Sum>> going_;
};

}  // namespace cmc::distributed
