#include "cmc/runs/find_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::HasSubstr;

/// A run that was started then, with metrics of three steps.
void make_run(const std::filesystem::path& path, const std::string& started, bool finished) {
  RunFolder run = RunFolder::create(path, {});
  run.record({{"started", started}, {"finished", finished}});
  const auto log = run.log_metrics(0);
  for (int step = 1; step <= 3; ++step) log->on_step({.step = step, .steps = 9, .seconds = 1.0});
}

TEST(FindRuns, ListsTheNewestFirstWithTheirStates) {
  const TemporaryFolder folder;
  make_run(folder / "runs/old", "2026-01-01T00:00:00Z", true);
  make_run(folder / "runs/topic/new", "2026-01-03T00:00:00Z", false);
  make_run(folder / "runs/broken", "2026-01-02T00:00:00Z", true);
  std::ofstream(folder / "runs/broken/run.json") << "{";
  folder.write("runs/notes/a.txt", "no run");
  const std::vector<FoundRun> found = find_runs(folder / "runs");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, folder / "runs/topic/new");
  EXPECT_EQ(found[0].state, RunState::stopped);
  EXPECT_EQ(found[1].path, folder / "runs/old");
  EXPECT_EQ(found[1].state, RunState::finished);
  EXPECT_EQ(found[2].state, RunState::damaged);
  EXPECT_THAT(found[2].detail, HasSubstr("runs/broken/run.json"));
  EXPECT_FALSE(found[2].run.has_value());
}

TEST(FindRuns, SeesWhoWritesIntoARun) {
  const TemporaryFolder folder;
  make_run(folder / "run", "2026-01-01T00:00:00Z", false);
  {
    const files::LockFile lock = RunFolder::lock(folder / "run");
    const FoundRun found = look_at_run(folder / "run");
    EXPECT_EQ(found.state, RunState::running);
    EXPECT_THAT(found.detail, HasSubstr("process "));
  }
  EXPECT_EQ(look_at_run(folder / "run").state, RunState::stopped);
}

TEST(FindRuns, CallsMetricsThatCantBeReadDamage) {
  const TemporaryFolder folder;
  make_run(folder / "run", "2026-01-01T00:00:00Z", true);
  std::ofstream(folder / "run/metrics.jsonl") << "{\"kind\": \"other\"}\n";
  EXPECT_EQ(look_at_run(folder / "run").state, RunState::damaged);
  EXPECT_THAT(message_of<Error>([&] { find_runs(folder / "none"); }), HasSubstr("no such folder"));
}

}  // namespace
}  // namespace cmc::runs
