#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(TwoAtOnce, NoSecondCommandWritesIntoARunThatIsTrained) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 1000000\ncheckpoint_steps = 5");
  Process training(folder.path(), {"train", recipe, "--output", "run"});
  ASSERT_TRUE(training.wait_until([&] {
    return fs::exists(folder / "run/checkpoint-best.safetensors") &&
           fs::exists(folder / "run/checkpoint-last.safetensors");
  }));
  const std::string refusal = fmt::format(
      "cmc: run: process {} (cmc train) is writing there; wait until it has ended, or end it\n",
      training.id());
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"train", "--resume", "run"},
        {"train", recipe, "--output", "run"},
        {"evaluate", "run", "--checkpoint", "best"},
        {"information", "run", "--checkpoint", "best"},
        {"finetune", "run"},
        {"report", "run"},
        {"export", "run", "--view", "a", "--format", "onnx"},
        {"search", "run", "--query", "0", "--from", "a", "--to", "b"}}) {
    const Outcome outcome = run(folder.path(), command);
    EXPECT_EQ(outcome.status, 1) << command.front();
    EXPECT_EQ(outcome.err, refusal) << command.front();
  }
  // What only reads it, or writes elsewhere, needs no lock.
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"inspect", "run"},
        {"embed", "run", "--view", "a", "--output", "x.npy"},
        {"export", "run", "--view", "a", "--format", "onnx", "--output", "a.onnx"},
        {"report", "run", "--output", "report.html"}}) {
    const Outcome outcome = run(folder.path(), command);
    EXPECT_EQ(outcome.status, 0) << command.front() << outcome.err;
  }
  training.signal(SIGKILL);
  EXPECT_EQ(training.wait().status, 137);
  // The lock went with the process; the file that is left means nothing.
  EXPECT_TRUE(fs::exists(folder / "run/.lock"));
  Process again(folder.path(), {"train", "--resume", "run"});
  EXPECT_TRUE(again.wait_until([&] { return again.has_spoken(); }));
  again.signal(SIGTERM);
  EXPECT_EQ(again.wait().status, 143);
}

TEST(TwoAtOnce, NoSecondWriterOfAStudyOrOfVectors) {
  const TemporaryFolder folder;
  Process study(folder.path(), {"study", "gaussian", "--output", "study"});
  ASSERT_TRUE(study.wait_until([&] { return fs::exists(folder / "study/measurements.jsonl"); }));
  const Outcome second = run(folder.path(), {"study", "gaussian", "--output", "study"});
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(second.err,
            fmt::format("cmc: study: process {} (cmc study) is writing there; wait until "
                        "it has ended, or end it\n",
                        study.id()));
}

TEST(TwoAtOnce, WhatWasKilledBeforeItsFirstCheckpointMakesWay) {
  const TemporaryFolder folder;
  const std::string recipe =
      write_series(folder, "steps = 1000000\ncheckpoint_steps = 1000000", 4096);
  Process training(folder.path(), {"train", recipe, "--output", "run"});
  ASSERT_TRUE(
      training.wait_until([&] { return lines(bytes_of(folder / "run/metrics.jsonl")) > 5; }));
  training.signal(SIGKILL);
  training.wait();
  ASSERT_FALSE(fs::exists(folder / "run/checkpoint-last.safetensors"));
  const std::vector<std::string> anew = {"train", recipe,  "--output",
                                         "run",   "--set", "train.steps=3"};
  const Outcome outcome = run(folder.path(), anew);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(lines(bytes_of(folder / "run/metrics.jsonl")), 4) << "three steps and a held-out line";
  EXPECT_EQ(files_with(folder / "run", "events.out").size(), 1u);
  // A run that has a checkpoint doesn't.
  EXPECT_THAT(run(folder.path(), anew).err, HasSubstr("run holds a run already; resume it"));
}

}  // namespace
}  // namespace cmc::app::test
