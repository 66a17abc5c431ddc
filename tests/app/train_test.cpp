#include "cmc/runs/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cmc/report/training_events.h"
#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  const json flat = object.flatten();
  for (const auto& [key, value] : flat.items()) keys.insert(key);
  return keys;
}

/// The names of a run's files, of event files what does not change.
std::set<std::string> files_of(const fs::path& run) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    names.insert(name.starts_with("events.out.tfevents.") ? "events.out.tfevents." : name);
  }
  return names;
}

TEST(Train, ThroughTheLibraryLeavesWhatTheCommandLeaves) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "epochs = 2");
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "command"}).status, 0);
  const fs::path command = folder / "command", library = folder / "library";
  const std::atomic<bool> never = false;
  const runs::TrainResult result =
      runs::train(recipe::read_recipe(recipe), library, never,
                  {.observers = {std::make_shared<report::TrainingEvents>(library)}});
  EXPECT_TRUE(result.finished);

  EXPECT_EQ(files_of(library), files_of(command));
  for (const char* const name : {"checkpoint-last.safetensors", "checkpoint-best.safetensors",
                                 "fitted.json", "recipe.toml", "report-views.png"})
    EXPECT_TRUE(bytes_of(library / name) == bytes_of(command / name)) << name;
  json first = json::parse(bytes_of(command / "run.json"));
  json second = json::parse(bytes_of(library / "run.json"));
  EXPECT_EQ(second["command"], json::array());  // nobody typed it
  for (json* info : {&first, &second}) info->erase("command");
  EXPECT_EQ(keys_of(second), keys_of(first));
  std::istringstream a(bytes_of(command / "metrics.jsonl")), b(bytes_of(library / "metrics.jsonl"));
  for (std::string one, other; std::getline(a, one);) {
    ASSERT_TRUE(std::getline(b, other));
    const json there = json::parse(one), here = json::parse(other);
    EXPECT_EQ(keys_of(here), keys_of(there));
    EXPECT_EQ(here["loss"], there["loss"]);
  }
}

}  // namespace
}  // namespace cmc::app::test
