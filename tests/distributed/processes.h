#pragma once

#include <ATen/Parallel.h>

#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "cmc/distributed/process_group.h"

namespace cmc::distributed {

/// Runs work(group) in `size` threads, each with a group of its own over loopback, as that many
/// processes would. Throws what the first of them by rank threw.
inline void run_processes(int size, const std::function<void(ProcessGroup&)>& work) {
  Socket listening = Socket::listening({"127.0.0.1", 0});
  const Place place = listening.own_place();
  const int descriptor = listening.release();
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      at::get_num_threads();
      at::set_num_threads(1);
      try {
        const std::shared_ptr<ProcessGroup> group = join({.rank = rank,
                                                          .size = size,
                                                          .local_size = size,
                                                          .place = place,
                                                          .listening = rank == 0 ? descriptor : 0},
                                                         std::chrono::seconds(20));
        try {
          work(*group);
        } catch (const std::exception& error) {
          group->fail(error.what());
          throw;
        }
        group->barrier();
      } catch (...) {
        errors[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace cmc::distributed
