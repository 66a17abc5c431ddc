#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cmc/distributed/socket.h"
#include "cmc/distributed/store.h"

namespace cmc::distributed {

/// What the connection to one process still has to carry of a message.
struct Transfer {
  const char* sending = nullptr;
  std::size_t to_send = 0;
  char* receiving = nullptr;
  std::size_t to_receive = 0;

  bool done() const { return to_send == 0 && to_receive == 0; }
};

/// A connection between each two processes. Its messages go out from the thread that asks and come
/// in to the one that waits, and wake no other: through a backend with threads of its own a few
/// bytes took 1 to 2 ms on one machine.
class Mesh {
 public:
  /// All processes of the store's call it, for each of their meshes by another name. Each listens
  /// at the address by which it reaches the store, and on no other. Throws Error where one does not
  /// come within `timeout`.
  Mesh(StoreClient& store, const std::string& name, int rank, int size,
       std::chrono::seconds timeout);

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(peers_.size()); }

  /// Everyone's `bytes` bytes, by rank, into `all` [size · bytes]: the same number everywhere. Any
  /// number will do; it takes (size − 1) · bytes in and out. Throws Lost, from the watch where that
  /// knows who is lost.
  void all_gather(const void* own, std::size_t bytes, void* all, const Watch& watch) const;

  /// As many bytes of the transfers [size], by rank, as go without waiting; whether all have gone.
  /// Those of the own rank are done. Throws Lost where a connection broke.
  bool carry(std::vector<Transfer>& transfers, const Watch& watch) const;
  /// Carries them to their end. Throws Lost.
  void finish(std::vector<Transfer>& transfers, const Watch& watch) const;

 private:
  int rank_;
  std::vector<Socket> peers_;  ///< by rank; empty at the own
};

}  // namespace cmc::distributed
