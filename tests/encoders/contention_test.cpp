#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <chrono>

#include "benchmarks/busy_process.h"
#include "cmc/encoders/encode_views.h"
#include "cmc/libtorch.h"
#include "cmc/processor.h"

namespace cmc::encoders {
namespace {

/// The time of some steps, forward and backward, in seconds.
double steps_time(Team* team, std::vector<Encoder>& encoders,
                  const std::vector<at::Tensor>& views) {
  const auto step = [&] {
    at::Tensor sum;
    {
      const Autocast autocast(at::kCPU, cpu_has_bfloat16());
      sum = encode_views(team, encoders, views, {}).front().embedding.sum();
    }
    sum.backward();
  };
  step();  // makes oneDNN's code
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A coarse bound. Threads that spin on barriers inside a layer took 20 seconds for a step here on a
// processor with AMX, and six times one thread's time where OpenMP's threads spin too.
TEST(Contention, BesideABusyProcessATeamIsNotSlowerThanAThirdOfOneThread) {
  if (available_cores() < 2) GTEST_SKIP() << "one core: nothing to share";
  at::set_num_threads(2);
  const std::unique_ptr<Team> team = encoding_team(at::kCPU);
  at::set_num_threads(1);
  std::vector<Encoder> encoders{
      make_encoder({.channels = {32, 64, 64, 128}, .convolutions = 1}, {"L", 1, 32, 32})};
  const std::vector<at::Tensor> views{at::randn({256, 1, 32, 32})};
  const double alone = steps_time(nullptr, encoders, views);
  const benchmarks::BusyProcess busy;
  EXPECT_LT(steps_time(team.get(), encoders, views), 3 * alone);
}

}  // namespace
}  // namespace cmc::encoders
