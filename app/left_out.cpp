#include "app/left_out.h"

#include <spdlog/spdlog.h>

#include "cmc/evaluation/unreadable.h"

namespace cmc::app {

bool can_be_kept(const runs::RunFolder& run, const std::string& what) {
  const std::string& why = run.unwritable();
  if (!why.empty())
    spdlog::warn("{}: can't be written ({}): {} is printed, not kept there", run.path().string(),
                 why, what);
  return why.empty();
}

void tell_left_out(runs::RunFolder& run, const std::vector<data::UnreadableSample>& samples) {
  if (samples.empty()) return;
  for (const data::UnreadableSample& sample : samples)
    spdlog::warn("left out: {}: {}", sample.name, sample.reason);
  if (run.unwritable().empty())
    run.record({{"unreadable", evaluation::known_unreadable(run.info(), samples)}});
}

}  // namespace cmc::app
