#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

/// The child of a process that was started as a rank; 0: there is none.
int rank_of(int parent, int rank) {
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", parent));
  for (int id = 0; children >> id;) {
    const std::string variables = bytes_of(fmt::format("/proc/{}/environ", id));
    if (variables.find(fmt::format("RANK={}", rank)) == 0) return id;
  }
  return 0;
}

/// The losses that a run has recorded, by step.
std::vector<double> losses_of(const fs::path& run) {
  std::vector<double> losses;
  std::ifstream lines(run / "metrics.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("loss") && json.contains("gradient_norm"))
      losses.push_back(json["loss"].get<double>());
  }
  return losses;
}

TEST(Processes, TrainAsOneDoes) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 12\noptimizer = \"sgd\"");
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "one"}).status, 0);
  const Outcome outcome =
      run(folder.path(), {"train", recipe, "--output", "three", "--processes", "3"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out + outcome.err, HasSubstr("3 processes"));
  const std::vector<double> one = losses_of(folder / "one"), three = losses_of(folder / "three");
  ASSERT_EQ(one.size(), 12U);
  ASSERT_EQ(three.size(), 12U);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], three[i], 1e-4 * one[i]) << i;
  EXPECT_EQ(run(folder.path(), {"evaluate", "three"}).status, 0);
}

TEST(Processes, EndWhereOneIsKilledAndGoOnWithAnotherNumber) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 500\ncheckpoint_steps = 10");
  Process process(folder.path(), {"train", recipe, "--output", "run", "--processes", "2"});
  ASSERT_TRUE(
      process.wait_until([&] { return fs::exists(folder / "run/checkpoint-last.safetensors"); }));
  const int second = rank_of(process.id(), 1);
  ASSERT_GT(second, 0);
  ::kill(second, SIGKILL);
  const Outcome outcome = process.wait();
  EXPECT_NE(outcome.status, 0);
  std::smatch told;
  ASSERT_TRUE(std::regex_search(
      outcome.err, told, std::regex("rank 1 ended; the last step that is safe is ([1-9][0-9]*)\n")))
      << outcome.err;
  EXPECT_TRUE(files_with(folder / "run", ".tmp").empty());
  const Outcome rest = run(folder.path(), {"train", "--resume", "run", "--processes", "3"});
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_THAT(rest.out + rest.err, HasSubstr("resumes after step " + told[1].str() + " of 500"));
}

TEST(Processes, EvaluateMeasureAndEmbedAsOneDoes) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 12");
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "run"}).status, 0);
  const auto both = [&](const std::vector<std::string>& words) {
    std::vector<std::string> outputs;
    for (const char* const processes : {"1", "2"}) {
      std::vector<std::string> own = words;
      own.insert(own.end(), {"--processes", processes});
      const Outcome outcome = run(folder.path(), own);
      EXPECT_EQ(outcome.status, 0) << outcome.err;
      outputs.push_back(outcome.out);
    }
    EXPECT_EQ(outputs[0], outputs[1]);
    EXPECT_FALSE(outputs[0].empty());
  };
  both({"evaluate", "run", "--features", "learned,raw"});
  both({"information", "run"});
  for (const char* const processes : {"1", "2"}) {
    const Outcome outcome =
        run(folder.path(), {"embed", "run", "--view", "a", "--output",
                            std::string(processes) + ".csv", "--processes", processes});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }
  EXPECT_EQ(bytes_of(folder / "1.ids.csv"), bytes_of(folder / "2.ids.csv"));
  EXPECT_EQ(lines(bytes_of(folder / "2.csv")), lines(bytes_of(folder / "1.csv")));
}

TEST(Processes, RefuseOneWithAnotherRecipe) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 12");
  const auto world = [](const char* rank) {
    return World{.environment = {std::string("RANK=") + rank, "WORLD_SIZE=2",
                                 "MASTER_ADDR=127.0.0.1", "MASTER_PORT=29611"}};
  };
  Process first(folder.path(), {"train", recipe, "--output", "run"}, world("0"));
  Process second(folder.path(), {"train", recipe, "--set", "train.batch_size=16"}, world("1"));
  const Outcome one = first.wait(), other = second.wait();
  const std::string expected =
      "rank 1 has another recipe than rank 0: train.batch_size = 16, not 8";
  EXPECT_EQ(one.status, 1);
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(one.err, HasSubstr(expected));
  EXPECT_THAT(other.err, HasSubstr("rank 1: " + expected));
  EXPECT_FALSE(fs::exists(folder / "run/recipe.toml"));
}

TEST(Processes, StopTogetherWithACheckpoint) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 100000\ncheckpoint_steps = 10");
  Process process(folder.path(), {"train", recipe, "--output", "run", "--processes", "2"});
  ASSERT_TRUE(
      process.wait_until([&] { return fs::exists(folder / "run/checkpoint-last.safetensors"); }));
  process.signal(SIGTERM);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_THAT(outcome.err + outcome.out, HasSubstr("resume with: cmc train --resume run"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("safe")));
}

}  // namespace
}  // namespace cmc::app::test
