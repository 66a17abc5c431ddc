#pragma once

#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "cmc/distributed/process_group.h"
#include "cmc/one_thread.h"

namespace cmc::benchmarks {

/// Runs work(group) in `size` threads of this process over loopback, each with a group of its own
/// and one thread for its operators; returns once all have ended.
inline void on_ranks(int size, const std::function<void(cmc::distributed::ProcessGroup&)>& work) {
  cmc::distributed::Socket listening = cmc::distributed::Socket::listening({"127.0.0.1", 0});
  const cmc::distributed::Place place = listening.own_place();
  const int descriptor = listening.release();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      use_one_thread();
      const auto group = cmc::distributed::join({.rank = rank,
                                                 .size = size,
                                                 .local_size = size,
                                                 .place = place,
                                                 .listening = rank == 0 ? descriptor : 0},
                                                std::chrono::seconds(60));
      work(*group);
      group->barrier();
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace cmc::benchmarks
