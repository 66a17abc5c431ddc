#include "benchmarks/learn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::benchmarks {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// Pictures of one shade each, of ten classes; brighter ones of the higher classes.
std::string records(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes +=
        static_cast<char>(i % 10) + std::string(3072, static_cast<char>(20 * (i % 10) + i % 7));
  return bytes;
}

/// A recipe that learns in no time from two views that share an encoder.
recipe::Recipe small_recipe(const TemporaryFolder& folder) {
  return recipe::read_recipe(folder.write("small.toml", R"([views]
kind = "augmented"
[encoder]
channels = [4, 8]
hidden_dim = 8
embedding_dim = 4
shared = true
[contrast]
negatives = "batch"
[train]
batch_size = 16
warmup_steps = 1000
)"));
}

TEST(Learn, MinutesBecomeSteps) {
  EXPECT_EQ(steps_within(2, 1.25), 150);
  EXPECT_EQ(steps_within(0.5, 0.05), 2);  // 1.5
  EXPECT_EQ(steps_within(0.001, 0.1), 1);
}

TEST(Learn, ARowIsALine) {
  const json row = {{"name", "cifar10-lab"},
                    {"seed", 1},
                    {"minutes", 2.0},
                    {"minutes_trained", 2.034},
                    {"steps", 312},
                    {"epochs", 3.216},
                    {"images_per_second", 1309.4},
                    {"seconds_judged", 98.2},
                    {"accuracy", 0.5512},
                    {"views", {{"L", 0.4567}, {"ab", 0.4321}}}};
  EXPECT_EQ(learn_line(row),
            "  cifar10-lab         1       2     2.03    312    3.2     1309      98 s   55.1 %  "
            "L 45.7  ab 43.2");
}

TEST(Learn, TrainsAndJudgesEachOnceAndGoesOnWhereItWas) {
  const TemporaryFolder folder;
  folder.write("data/data_batch_1.bin", records(80));
  folder.write("data/test_batch.bin", records(30));
  const std::vector<recipe::Recipe> recipes = {small_recipe(folder)};
  LearnOptions options{.data = folder / "data",
                       .minutes = {0.002},
                       .output = folder / "rows",
                       .first_steps = 2,
                       .timed_steps = 4};
  const json first = learn(recipes, options);
  ASSERT_EQ(first.size(), 1u);
  const json& row = first[0];
  EXPECT_EQ(row.at("name"), "small");
  EXPECT_EQ(row.at("minutes"), 0.002);
  EXPECT_EQ(row.at("epochs"), row.at("steps").get<double>() / 5);  // of five batches of 16
  EXPECT_NEAR(row.at("images_per_second").get<double>(),
              16 * row.at("steps").get<double>() / (60 * row.at("minutes_trained").get<double>()),
              1e-6);
  // The views are one picture to one encoder.
  EXPECT_EQ(row.at("views"), (json{{"augmented-1", row.at("accuracy")}}));
  EXPECT_GT(row.at("accuracy"), 0.15);  // chance is 0.1

  // As if it had been stopped in the second training's row.
  options.minutes = {0.002, 0.004};
  std::ofstream(folder / "rows/measurements.jsonl", std::ios::app) << "{\"key\": {\"min";
  const json second = learn(recipes, options);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0], row);
  EXPECT_NEAR(second[1].at("steps").get<double>(), 2 * row.at("steps").get<double>(), 1);
  EXPECT_EQ(learn(recipes, options), second);
}

TEST(Learn, SaysThatItsDataIsMissing) {
  const TemporaryFolder folder;
  const std::vector<recipe::Recipe> recipes = {small_recipe(folder)};
  EXPECT_THAT(message_of<UsageError>([&] { learn(recipes, {.data = "", .output = ""}); }),
              HasSubstr("--data FOLDER"));
  for (const auto& place : {folder.path(), folder / "nowhere"})
    EXPECT_THAT(message_of<UsageError>([&] { learn(recipes, {.data = place, .output = ""}); }),
                HasSubstr(place.string()));
}

}  // namespace
}  // namespace cmc::benchmarks
