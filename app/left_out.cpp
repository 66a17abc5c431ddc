#include "app/left_out.h"

#include <spdlog/spdlog.h>

namespace cmc::app {

bool can_be_kept(const runs::RunFolder& run, const std::string& what) {
  const std::string& why = run.unwritable();
  if (!why.empty())
    spdlog::warn("{}: can't be written ({}): {} is printed, not kept there", run.path().string(),
                 why, what);
  return why.empty();
}

void warn_of_left_out(const std::vector<data::UnreadableSample>& samples) {
  for (const data::UnreadableSample& sample : samples)
    spdlog::warn("left out: {}: {}", sample.name, sample.reason);
}

void tell_left_out(runs::RunFolder& run, const std::vector<data::UnreadableSample>& samples) {
  warn_of_left_out(samples);
  run.record_unreadable(samples);
}

}  // namespace cmc::app
