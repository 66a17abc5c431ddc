#include "benchmarks/contention.h"

#include <fmt/core.h>

#include <deque>
#include <vector>

#include "benchmarks/busy_process.h"
#include "benchmarks/timing.h"
#include "benchmarks/trained_steps.h"
#include "cmc/processor.h"

namespace cmc::benchmarks {
namespace {

struct Case {
  int threads, busy;
  std::vector<double> rates;
};

}  // namespace

nlohmann::json contention(const recipe::Recipe& recipe, const ContentionOptions& options) {
  const int cores = available_cores();
  std::vector<Case> cases = {
      {1, 0, {}}, {cores, 0, {}}, {1, 1, {}}, {cores, 1, {}}, {cores, cores, {}}};
  for (int round = 0; round < options.rounds; ++round) {
    for (Case& one : cases) {
      recipe::Recipe own = recipe;
      own.train.threads = one.threads;
      std::deque<BusyProcess> busy;
      for (int i = 0; i < one.busy; ++i) busy.emplace_back();
      one.rates.push_back(train_steps(std::move(own), options.steps).samples_per_second);
    }
  }
  const double alone = median(cases.front().rates);
  nlohmann::json rows = nlohmann::json::array();
  fmt::print("{}: training on {} cores, {} steps of {}\n", recipe.name, cores, options.steps,
             recipe.train.batch_size);
  for (const Case& one : cases) {
    const double rate = median(one.rates);
    const std::string name =
        fmt::format("{} {}, {}", one.threads, one.threads == 1 ? "thread" : "threads",
                    one.busy == 0   ? "alone"
                    : one.busy == 1 ? "beside one busy process"
                                    : fmt::format("beside {} busy processes", one.busy));
    fmt::print("  {:<40} {:8.0f} samples/s {:6.2f} x\n", name, rate, rate / alone);
    rows.push_back({{"name", name},
                    {"threads", one.threads},
                    {"busy", one.busy},
                    {"samples_per_second", rate},
                    {"ratio", rate / alone}});
  }
  return rows;
}

}  // namespace cmc::benchmarks
