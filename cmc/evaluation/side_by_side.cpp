#include "cmc/evaluation/side_by_side.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

#include "cmc/parallel.h"

namespace cmc::evaluation {
void side_by_side(std::int64_t tasks, const std::function<void(std::int64_t)>& task) {
  const int all = at::get_num_threads();
  const std::int64_t threads = std::min<std::int64_t>(tasks, all);
  // One task alone would be called as if there were no others, with all threads.
  const ThreadsScope own(threads == 1 && !at::in_parallel_region() ? 1 : all);
  std::atomic<std::int64_t> next = 0;
  at::parallel_for(0, threads, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t thread = first; thread < last; ++thread) {
      try {
        for (std::int64_t i = next++; i < tasks; i = next++) task(i);
      } catch (...) {
        next = tasks;
        throw;
      }
    }
  });
}

}  // namespace cmc::evaluation
