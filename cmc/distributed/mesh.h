#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "cmc/distributed/socket.h"
#include "cmc/distributed/store.h"

namespace cmc::distributed {

/// A connection between each two processes. Its messages go out from the thread that asks and come
/// in to the one that waits, and wake no other: through a backend with threads of its own a few
/// bytes took 1 to 2 ms on one machine.
class Mesh {
 public:
  /// All processes of the store's call it. Each listens at the address by which it reaches the
  /// store, and on no other. Throws Error where one does not come within `timeout`.
  Mesh(StoreClient& store, int rank, int size, std::chrono::seconds timeout);

  /// Everyone's `bytes` bytes, by rank, into `all` [size · bytes]: the same number everywhere. Any
  /// number will do; it takes (size − 1) · bytes in and out. Throws Lost, from the watch where that
  /// knows who is lost.
  void all_gather(const void* own, std::size_t bytes, void* all, const Watch& watch) const;

 private:
  int rank_;
  std::vector<Socket> peers_;  ///< by rank; empty at the own
};

}  // namespace cmc::distributed
