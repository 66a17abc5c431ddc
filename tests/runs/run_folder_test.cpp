#include "cmc/runs/run_folder.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::HasSubstr;

TEST(RunFolder, GivesWayWhereTheRunNeverBegan) {
  const TemporaryFolder folder;
  const auto path = folder / "discard";
  recipe::Recipe recipe;
  recipe.name = "discard";
  EXPECT_THROW((RunFolder::create(path, recipe, {}), RunFolder::create(path, recipe, {})), Error);
  std::ofstream(path / "notes.txt") << "mine";
  RunFolder::open(path).discard();
  EXPECT_TRUE(std::filesystem::exists(path / "notes.txt"));
  EXPECT_FALSE(std::filesystem::exists(path / "run.json"));
  const RunFolder run = RunFolder::create(path, recipe, {});
  std::ofstream(path / "checkpoint-last.safetensors") << "weights";
  run.discard();
  EXPECT_TRUE(std::filesystem::exists(path / "run.json"));
}

TEST(RunFolder, LeavesFilesOfThoseNamesToTheirOwner) {
  recipe::Recipe recipe;
  recipe.name = "precious";
  for (const char* const name : {"recipe.toml", "fitted.json", "metrics.jsonl"}) {
    const TemporaryFolder folder;
    const auto path = folder / "precious";
    std::filesystem::create_directory(path);
    std::ofstream(path / name) << "mine";
    std::string message;
    try {
      RunFolder::create(path, recipe, {});
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message.find((path / name).string() + ": is there already"), std::string::npos)
        << message;
    EXPECT_EQ(bytes_of(path / name), "mine");
    EXPECT_FALSE(std::filesystem::exists(path / "run.json"));
    std::filesystem::remove(path / name);
    RunFolder::create(path, recipe, {}).discard();
    EXPECT_FALSE(std::filesystem::exists(path)) << "nothing else was in it";
  }
}

TEST(RunFolder, ReadsWhatItKeepsAsItWas) {
  const TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder / "run", {});
  EXPECT_FALSE(run.evaluation().has_value());
  EXPECT_FALSE(run.information().has_value());
  EXPECT_FALSE(run.has_statistics());
  EXPECT_FALSE(run.has_checkpoint("last"));
  EXPECT_EQ(run.views_sheet(), "");
  EXPECT_TRUE(run.neighbour_pictures().empty());

  run.save(TrainingStatistics{.sources = {{.name = "picture", .shape = {3, 6, 8}}},
                              .standardizations = {}});
  EXPECT_EQ(run.statistics().sources.at(0).shape.width, 8);
  const auto file = run.save(
      training::Checkpoint{.position = {.step = 7}, .model = {{"x", at::ones({2})}}}, "finetuned");
  EXPECT_EQ(run.checkpoint_files(), std::vector{file});
  EXPECT_EQ(run.checkpoint("finetuned").position.step, 7);
  const NeighbourPictures pictures = {{{3, "left"}, "PNG 1"}, {{12, "the right"}, "PNG 2"}};
  run.save(pictures);
  EXPECT_EQ(run.neighbour_pictures(), pictures);
  run.save_views_sheet("PNG");
  EXPECT_EQ(run.views_sheet(), "PNG");
  EXPECT_EQ(run.recipe_text(), recipe::to_toml({}));
}

TEST(RunFolder, KeepsEvaluationsOfOtherThingsBesideTheOneThatIsReported) {
  const TemporaryFolder folder;
  const RunFolder run = RunFolder::create(folder / "run", {});
  struct Case {
    std::string checkpoint, layer, file;
  };
  for (const Case& one : {Case{"last", "", "evaluation.json"},
                          {"best", "", "evaluation.json"},
                          {"finetuned", "", "evaluation-finetuned.json"},
                          {"last", "stage1", "evaluation-stage1.json"},
                          {"finetuned", "stage1", "evaluation-finetuned-stage1.json"}}) {
    evaluation::Evaluation evaluation;
    evaluation.checkpoint = one.checkpoint;
    evaluation.layer = one.layer;
    evaluation.test_samples = 11;
    run.save(evaluation);
    EXPECT_TRUE(std::filesystem::remove(run.path() / one.file)) << one.file;
    EXPECT_EQ(is_reported(evaluation), one.file == "evaluation.json");
  }
  evaluation::Evaluation reported;
  reported.test_samples = 12;
  run.save(reported);
  EXPECT_EQ(run.evaluation()->test_samples, 12);
  std::ofstream(run.path() / "evaluation.json") << R"({"rows": [], "test_samples": 1})";
  EXPECT_THAT(message_of<Error>([&] { run.evaluation(); }),
              HasSubstr("evaluation.json: an evaluation without the key \"train_samples\""));
  std::ofstream(run.path() / "information.json") << R"({"samples": 3})";
  EXPECT_THAT(message_of<Error>([&] { run.information(); }), HasSubstr("information.json: "));
}

TEST(RunFolder, RecordsEachUnreadableSampleOnce) {
  using nlohmann::json;
  const TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder / "run", {});
  run.record_unreadable({});
  EXPECT_FALSE(run.info().contains("unreadable"));
  run.record_unreadable({{0, "a.jpg", "is empty"}});
  // The index is another in each part; one sample may have two values that can't be read.
  run.record_unreadable({{7, "b.jpg", "ends at byte 9"},
                         {1, "a.jpg", "is empty"},
                         {3, "b.jpg", "ends at byte 9"},
                         {3, "b.jpg", "b.wav is no sound"}});
  EXPECT_EQ(RunFolder::open(run.path()).info()["unreadable"],
            json::array({{{"name", "a.jpg"}, {"reason", "is empty"}},
                         {{"name", "b.jpg"}, {"reason", "ends at byte 9"}},
                         {{"name", "b.jpg"}, {"reason", "b.wav is no sound"}}}));
}

}  // namespace
}  // namespace cmc::runs
