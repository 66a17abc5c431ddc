#include "cmc/training/recipe.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cmc/error.h"

namespace cmc::training {
namespace {

std::filesystem::path write(const std::string& text) {
  const auto path = std::filesystem::path(testing::TempDir()) / "recipe.toml";
  std::ofstream(path) << text;
  return path;
}

std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    read_recipe(write(text), overrides);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Recipe, ReadsKeysAndKeepsDefaults) {
  const Recipe recipe =
      read_recipe(write("[views]\nkind = \"frequency\"\nsigma = 2\n"
                        "[train]\nbatch_size = 512\nlearning_rate = 1e-2\n"));
  EXPECT_EQ(recipe.name, "recipe");
  EXPECT_EQ(std::get<views::FrequencyOptions>(recipe.views.split).sigma, 2.0);
  EXPECT_EQ(recipe.train.batch_size, 512);
  EXPECT_EQ(recipe.train.optimizer.learning_rate, 1e-2);
  EXPECT_EQ(recipe.train.epochs, TrainOptions{}.epochs);
}

TEST(Recipe, AnOverrideWinsAndMayBeATextWithoutQuotes) {
  const Recipe recipe = read_recipe(write("[train]\nepochs = 3\n"),
                                    {"train.epochs=5", "data.root=/some/where",
                                     "encoder.channels=[8, 16]", "contrast.temperature=1"});
  EXPECT_EQ(recipe.train.epochs, 5);
  EXPECT_EQ(recipe.data.root, "/some/where");
  EXPECT_EQ(recipe.encoder.channels, (std::vector<std::int64_t>{8, 16}));
  EXPECT_EQ(recipe.contrast.temperature, 1.0);
}

TEST(Recipe, WritesWhatItReads) {
  const Recipe recipe =
      read_recipe(write("seed = 9\n[views]\nkind = \"halves\"\ncut = \"top_bottom\"\n"
                        "[views.augmentation]\ncrop = \"pad_and_shift\"\n"
                        "[contrast]\ntemperature = 0.1\n"));
  const std::string text = to_toml(recipe);
  EXPECT_EQ(to_toml(read_recipe(write(text))), text);
  EXPECT_EQ(read_recipe(write(text)).contrast.temperature, 0.1);
}

TEST(Recipe, NamesAMisspeltKeyItsLineAndTheNearest) {
  const std::string line = refusal("[train]\nepochs = 3\nlerning_rate = 1\n");
  EXPECT_TRUE(contains(line, "line 3: train.lerning_rate")) << line;
  EXPECT_TRUE(contains(line, "nearest is learning_rate")) << line;
  EXPECT_TRUE(contains(refusal("[trian]\nepochs = 3\n"), "nearest is train"));
  EXPECT_TRUE(contains(refusal("", {"train.epoch=3"}), "--set train.epoch"));
}

TEST(Recipe, RefusesTypesAndValuesThatCannotBe) {
  EXPECT_TRUE(contains(refusal("[train]\nepochs = \"three\"\n"),
                       "line 2: train.epochs must be a whole number"));
  EXPECT_TRUE(contains(refusal("[train]\nepochs = 0\n"), "must be ≥ 1"));
  EXPECT_TRUE(contains(refusal("[contrast]\ntemperature = 0.0\n"), "must be > 0"));
  EXPECT_TRUE(contains(refusal("[contrast]\ntemperature = nan\n"), "must be a number"));
  EXPECT_TRUE(contains(refusal("[views]\nkind = \"halfs\"\n"), "nearest is \"halves\""));
  EXPECT_TRUE(contains(refusal("train = 3\n"), "must be a table"));
  EXPECT_TRUE(contains(refusal("[encoder]\nchannels = [8, \"a\"]\n"), "channels[1]"));
  EXPECT_TRUE(contains(refusal("[train\n"), "line 1"));
  EXPECT_TRUE(contains(refusal("", {"train.epochs"}), "expected key=value"));
}

TEST(Recipe, DocumentsEveryKey) {
  for (const FieldReference& field : recipe_reference())
    EXPECT_FALSE(field.help.empty()) << field.key;
}

TEST(Fields, NearestNameCountsEdits) {
  EXPECT_EQ(nearest_name("epoch", {"steps", "epochs", "eps"}), "epochs");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace cmc::training
