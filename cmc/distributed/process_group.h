#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cmc/distributed/launch.h"
#include "cmc/distributed/lost.h"

namespace cmc::distributed {

/// Work that goes on in the background.
class Pending {
 public:
  virtual ~Pending() = default;
  /// Carries it on as far as goes without waiting, and whether it is done. Throws Lost.
  virtual bool done() = 0;
  /// Until it is done. Throws Lost.
  virtual void wait() = 0;
};

/// What this process gave to others so far: with W processes a sum of n bytes costs each of them
/// 2n (W − 1)/W sent, a gathering of n bytes each n (W − 1). Small sums are gathered, and each
/// process adds up.
struct Traffic {
  std::int64_t summed = 0;    ///< bytes of tensors that were added up on their way
  std::int64_t gathered = 0;  ///< bytes that this process gave to gather
};

/// The processes of a run: each calls the same members in the same order. Tensors lie on the CPU,
/// contiguous, of the same shape and type everywhere. All members throw Lost where a process has
/// ended, hangs or can't be reached, within 30 seconds of it.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// How many of them are on this machine.
  virtual int local_size() const = 0;

  /// Σ over the processes, in place, the same bits everywhere.
  virtual void all_reduce(const at::Tensor& tensor) = 0;
  /// The same in the background. These have an order of their own, beside that of the other
  /// members.
  virtual std::unique_ptr<Pending> start_all_reduce(const at::Tensor& tensor) = 0;
  /// [size, …]: everyone's tensor, by rank. Without gradient: see gather.h.
  virtual at::Tensor all_gather(const at::Tensor& own) = 0;
  /// Rank 0's values, in place.
  virtual void broadcast(const at::Tensor& tensor) = 0;
  /// Returns when all have called it.
  virtual void barrier() = 0;

  /// Tells the others that this process can't go on, and why: they throw Lost.
  virtual void fail(const std::string& why) = 0;

  virtual Traffic traffic() const = 0;
};

/// Whether this process is the one that reads, writes and speaks: rank 0, or the only one
/// (nullptr).
inline bool is_first(const ProcessGroup* group) {
  return group == nullptr || group->rank() == 0;
}

/// A group as a number, as autograd's contexts keep it, and back; 0: none.
inline std::int64_t address_of(const ProcessGroup* group) {
  return reinterpret_cast<std::int64_t>(group);
}
inline ProcessGroup* group_at(std::int64_t address) {
  return reinterpret_cast<ProcessGroup*>(address);  // NOLINT(performance-no-int-to-ptr)
}

/// Meets the others, over c10d and Gloo: the processor's tensors. (With a libtorch for CUDA, NCCL
/// would carry the devices' tensors; that stands aside until it can be tried.) Rank 0 listens for
/// them at the launch's place, on that address alone. Throws Error with one line where the address
/// can't be resolved, the port is in use, or they are not all there within `timeout`; or this build
/// has no Gloo.
std::shared_ptr<ProcessGroup> join(const Launch& launch, std::chrono::seconds timeout);

/// Everyone's text, by rank.
std::vector<std::string> all_gather(ProcessGroup& group, const std::string& own);

/// Rank 0's text.
std::string broadcast(ProcessGroup& group, const std::string& own);

/// What the processes of a run must have alike: a name ("libtorch") and this process's value.
struct Fact {
  std::string name;
  std::string value;
};

/// Throws Error, in all processes the same, where one differs from rank 0 in a fact: "rank 1 has
/// libtorch 2.0.1, but rank 0 has 1.13.1". Of values with several lines the first that differs is
/// told.
void check_alike(ProcessGroup& group, const std::vector<Fact>& facts);

}  // namespace cmc::distributed
