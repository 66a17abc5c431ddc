#include "cmc/recipe/nearest_key.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/recipe/recipe.h"
#include "tests/temporary_folder.h"

namespace cmc::recipe {
namespace {

TEST(NearestKey, IsTheOneOfThatNameInAnotherTable) {
  EXPECT_EQ(nearest_key("temperature"), "contrast.temperature");
  EXPECT_EQ(nearest_key("train.temperature"), "contrast.temperature");
  EXPECT_EQ(nearest_key("batch-size"), "train.batch_size");
}

TEST(NearestKey, IsTheOneThatOthersCallSo) {
  EXPECT_EQ(nearest_key("lr"), "train.learning_rate");
  EXPECT_EQ(nearest_key("tau"), "contrast.temperature");
  EXPECT_EQ(nearest_key("backbone"), "encoder.name");
  EXPECT_EQ(key_by_meaning("epochz"), "") << "that is only spelt nearly so";
  EXPECT_EQ(nearest_key("epochz"), "train.epochs");
  EXPECT_EQ(nearest_key("nothing_like_a_key"), "");
}

TEST(NearestKey, NamesOnlyKeysThatThereAre) {
  const std::vector<FieldReference> keys = recipe_reference();
  for (const char* const word :
       {"lr",        "wd",           "batch", "epoch",      "iterations",    "warmup",
        "scheduler", "optim",        "gpu",   "amp",        "num_workers",   "jobs",
        "clip",      "accumulation", "tau",   "criterion",  "num_negatives", "queue_size",
        "backbone",  "hidden",       "dim",   "projection", "image_size",    "path",
        "csv",       "target"})
    EXPECT_EQ(std::ranges::count(keys, nearest_key(word), &FieldReference::key), 1) << word;
}

TEST(NearestKey, IsToldWhereAKeyIsGivenWithoutItsTable) {
  const TemporaryFolder folder;
  const auto file = folder.write("r.toml", "[data]\nroot = \"x\"\n");
  EXPECT_EQ(message_of<UsageError>([&] { read_recipe(file, {"temperature=0.5"}); }),
            "--set temperature is not a key of a recipe; the nearest is contrast.temperature");
  EXPECT_EQ(message_of<UsageError>([&] { read_recipe(file, {"train.lr=0.5"}); }),
            "--set train.lr is not a key of a recipe; the nearest is train.learning_rate");
}

}  // namespace
}  // namespace cmc::recipe
