#include "cmc/runs/find_runs.h"

#include <algorithm>

#include "cmc/error.h"
#include "cmc/files/lock_holder.h"
#include "cmc/runs/file_names.h"

namespace cmc::runs {
namespace {

namespace fs = std::filesystem;

/// Runs lie no deeper than this: runs/, runs/TOPIC/, runs/TOPIC/DAY/.
constexpr int most_depth = 3;

/// Whether training began in a folder, whatever has become of it since.
bool holds_a_run(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / file_names::info, ignored) ||
         (fs::exists(folder / file_names::recipe, ignored) &&
          fs::exists(folder / file_names::metrics, ignored));
}

}  // namespace

std::string name(RunState state) {
  switch (state) {
    case RunState::running:
      return "running";
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped";
    case RunState::damaged:
      return "damaged";
  }
  fail("a run has no such state");
}

FoundRun look_at_run(const fs::path& path) {
  FoundRun found{.path = path};
  try {
    found.run = RunFolder::open(path);
    const auto started = found.run->info().find("started");
    if (started != found.run->info().end() && started->is_string()) found.started = *started;
    found.run->metrics();
  } catch (const Error& error) {
    found.run.reset();
    found.detail = error.what();
  }
  const std::string holder = files::lock_holder(path / file_names::lock);
  if (!holder.empty()) {
    found.state = RunState::running;
    found.detail = holder;
  } else if (found.run) {
    found.state = found.run->finished() ? RunState::finished : RunState::stopped;
  }
  return found;
}

std::vector<FoundRun> find_runs(const fs::path& folder) {
  check(fs::is_directory(folder), "{}: no such folder; expected one that holds runs",
        folder.string());
  std::vector<FoundRun> found;
  if (holds_a_run(folder)) found.push_back(look_at_run(folder));
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  check(!error, "{}: can't be read: {}", folder.string(), error.message());
  for (const fs::recursive_directory_iterator end; entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored)) continue;
    const bool run = holds_a_run(entry->path());
    if (run) found.push_back(look_at_run(entry->path()));
    if (run || entry.depth() + 1 >= most_depth) entry.disable_recursion_pending();
  }
  std::ranges::sort(found, [](const FoundRun& a, const FoundRun& b) {
    return a.started != b.started ? a.started > b.started : a.path < b.path;
  });
  return found;
}

}  // namespace cmc::runs
