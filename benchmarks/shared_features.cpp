#include "benchmarks/shared_features.h"

#include <fmt/core.h>

#include <sched.h>

#include <algorithm>
#include <vector>

#include "benchmarks/ranks.h"
#include "benchmarks/timing.h"
#include "cmc/data/loader.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/shared_features.h"
#include "cmc/processor.h"
#include "cmc/runs/setup.h"

namespace cmc::benchmarks {
namespace {

/// Keeps the calling thread, and those that it starts, on the n-th of the cores that it may use.
void stay_on_core(int n) {
  cpu_set_t all, own;
  CPU_ZERO(&all);
  CPU_ZERO(&own);
  ::sched_getaffinity(0, sizeof all, &all);
  for (int core = 0, seen = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &all) && seen++ == n) CPU_SET(core, &own);
  if (CPU_COUNT(&own) > 0) ::sched_setaffinity(0, sizeof own, &own);
}

}  // namespace

nlohmann::json shared_features(const recipe::Recipe& recipe, int rounds) {
  const runs::Setup setup = runs::set_up(recipe);
  const std::vector<int> sizes = {1, std::max(2, available_cores())};
  // The global generator is one for all threads.
  std::vector<std::vector<encoders::Encoder>> encoders;
  for (int rank = 0; rank < sizes.back(); ++rank)
    encoders.push_back(runs::make_encoders(recipe, setup));

  const auto extract = [&](cmc::distributed::ProcessGroup& group) {
    cmc::distributed::ProcessGroup* const others = group.size() == 1 ? nullptr : &group;
    data::Loader loader(setup.data.test, setup.evaluate_transform,
                        evaluation::shared_out({.batch_size = recipe.train.batch_size,
                                                .shuffle = false,
                                                .drop_last = false,
                                                .workers = 1},
                                               others));
    evaluation::extract_features(encoders[static_cast<std::size_t>(group.rank())], loader,
                                 {.group = others});
  };
  std::vector<std::vector<double>> rates(sizes.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < sizes.size(); ++i)
      on_ranks(sizes[i], [&](cmc::distributed::ProcessGroup& group) {
        stay_on_core(group.rank());
        group.barrier();
        const double milliseconds = benchmarks::milliseconds([&] {
          extract(group);
          group.barrier();
        });
        if (group.rank() == 0)
          rates[i].push_back(1e3 * static_cast<double>(setup.data.test->size()) / milliseconds);
      });

  fmt::print("{}: features of {} samples, a core a process\n", recipe.name,
             setup.data.test->size());
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double rate = median(rates[i]), ratio = rate / (sizes[i] * median(rates[0]));
    fmt::print("  {:>2} processes {:8.0f} samples/s {:6.2f} of as many times one's\n", sizes[i],
               rate, ratio);
    rows.push_back({{"processes", sizes[i]}, {"samples_per_second", rate}, {"ratio", ratio}});
  }
  return rows;
}

}  // namespace cmc::benchmarks
