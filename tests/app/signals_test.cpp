#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

struct Ending {
  int signal, status;
};

class Signals : public testing::TestWithParam<Ending> {};

TEST_P(Signals, TrainingKeepsACheckpointAndGoesOnBitForBit) {
  const TemporaryFolder folder;
  // With a checkpoint at each step, nothing but the signal's own would be missed.
  const std::string recipe = write_series(folder, "steps = 400\ncheckpoint_steps = 1000000");
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "whole"}).status, 0);
  Process training(folder.path(), {"train", recipe, "--output", "stopped"});
  ASSERT_TRUE(
      training.wait_until([&] { return lines(bytes_of(folder / "stopped/metrics.jsonl")) > 40; }));
  training.signal(GetParam().signal);
  const Outcome stopped = training.wait();
  EXPECT_EQ(stopped.status, GetParam().status);
  EXPECT_THAT(stopped.err, HasSubstr("resume with: cmc train --resume stopped"));
  EXPECT_THAT(files_with(folder.path(), ".tmp"), IsEmpty());

  EXPECT_EQ(run(folder.path(), {"train", "--resume", "stopped"}).status, 0);
  for (const char* const name : {"checkpoint-last.safetensors", "checkpoint-best.safetensors"})
    EXPECT_EQ(bytes_of(folder / "stopped" / name), bytes_of(folder / "whole" / name)) << name;
}

INSTANTIATE_TEST_SUITE_P(All, Signals,
                         testing::Values(Ending{SIGINT, 130}, Ending{SIGTERM, 143},
                                         Ending{SIGHUP, 129}));

TEST(Signal, AHangupThatNohupKeepsAwayDoesNotStopTraining) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 1000000");
  Process training(folder.path(), {"train", recipe, "--output", "run"}, {.ignores_hangup = true});
  const auto steps = [&] { return lines(bytes_of(folder / "run/metrics.jsonl")); };
  ASSERT_TRUE(training.wait_until([&] { return steps() > 5; }));
  training.signal(SIGHUP);
  const std::ptrdiff_t before = steps();
  EXPECT_TRUE(training.wait_until([&] { return steps() > before + 50; }));
  training.signal(SIGTERM);
  EXPECT_EQ(training.wait().status, 143);
}

/// A command that takes long, and how to tell that its work has begun.
struct LongCommand {
  std::string name;
  std::vector<std::string> arguments;
  std::string begun;  ///< a file that it makes; empty: it has printed to stderr
};

class LongCommands : public testing::TestWithParam<LongCommand> {};

TEST_P(LongCommands, EndByTheSignalAndLeaveNothingHalfWritten) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "epochs = 1", 20000);
  ASSERT_EQ(
      run(folder.path(), {"train", recipe, "--output", "run", "--set", "train.steps=3"}).status, 0);
  for (const Ending& ending : {Ending{SIGINT, 130}, Ending{SIGTERM, 143}}) {
    Process process(folder.path(), GetParam().arguments);
    const fs::path mark = folder / GetParam().begun;
    ASSERT_TRUE(process.wait_until([&] {
      return GetParam().begun.empty() ? process.has_spoken() : fs::exists(mark);
    })) << process.wait().err;
    process.signal(ending.signal);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.status, ending.status) << outcome.err;
    EXPECT_THAT(files_with(folder.path(), ".tmp"), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LongCommands,
    testing::Values(LongCommand{"evaluate", {"evaluate", "run", "--seeds", "100"}, ""},
                    LongCommand{"information", {"information", "run", "--samples", "1000000"}, ""},
                    LongCommand{"finetune", {"finetune", "run", "--steps", "1000000"}, ""},
                    LongCommand{"study",
                                {"study", "gaussian", "--output", "study"},
                                "study/measurements.jsonl"},
                    LongCommand{"advise",
                                {"advise", "series.toml", "--vary", "view.a.noise=0,0.1,0.2,0.3",
                                 "--steps", "1000000", "--output", "advice"},
                                "advice/measurements.jsonl"},
                    LongCommand{"make_senses",
                                {"make-senses", "senses", "--samples", "1000000"},
                                "senses/clips"}),
    [](const auto& info) { return info.param.name; });

TEST(Signal, NobodyWhoReadsTheOutputEndsACommandWithoutAWord) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), {"recipes", "--keys"}, {.output = "unread"});
  EXPECT_EQ(outcome.status, 128 + SIGPIPE);
  EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace cmc::app::test
