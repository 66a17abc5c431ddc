#pragma once

#include <cstdint>
#include <functional>

namespace cmc::evaluation {

/// Calls task(0) … task(tasks − 1), as many at once as libtorch has threads, the next where one has
/// ended. The operators within a task then have one thread each: threads that share small operators
/// wait for each other at the end of each one, and long where another program has a core. An error
/// of a task is thrown once those that run have ended; no other is begun.
void side_by_side(std::int64_t tasks, const std::function<void(std::int64_t)>& task);

}  // namespace cmc::evaluation
