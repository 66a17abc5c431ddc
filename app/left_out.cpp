#include "app/left_out.h"

#include <spdlog/spdlog.h>

#include "cmc/evaluation/unreadable.h"

namespace cmc::app {

void tell_left_out(training::RunFolder& run, const std::vector<data::UnreadableSample>& samples) {
  if (samples.empty()) return;
  for (const data::UnreadableSample& sample : samples)
    spdlog::warn("left out: {}: {}", sample.name, sample.reason);
  run.record({{"unreadable", evaluation::known_unreadable(run.info(), samples)}});
}

}  // namespace cmc::app
