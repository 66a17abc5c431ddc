#include "cmc/recipe/differences.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace cmc::recipe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> keys(const std::vector<RecipeDifference>& differences) {
  std::vector<std::string> names;
  for (const RecipeDifference& each : differences) names.push_back(each.key);
  return names;
}

TEST(Differences, AreKeysWithAValueARecipe) {
  Recipe one, other;
  other.name = "other";
  other.contrast.temperature = 0.5;
  other.train.epochs = 3;
  other.encoder.channels = {8, 16};
  const auto found = differences({one, other, one});
  EXPECT_THAT(keys(found), ElementsAre("encoder.channels", "contrast.temperature", "train.epochs"));
  EXPECT_THAT(found[0].values, ElementsAre("[64, 128, 256]", "[8, 16]", "[64, 128, 256]"));
  EXPECT_THAT(found[1].values, ElementsAre("0.07", "0.5", "0.07"));
  EXPECT_TRUE(differences({one, one}).empty());
}

TEST(Differences, OfPairsGoByTheirPlaces) {
  const TemporaryFolder folder;
  const auto recipe = [&](double first) {
    return read_recipe(folder.write(
        "r.toml", fmt::format("[[contrast.pair]]\nviews = [\"a\", \"b\"]\ntemperature = {}\n"
                              "[[contrast.pair]]\nviews = [\"a\", \"c\"]\ntemperature = 0.5\n",
                              first)));
  };
  EXPECT_THAT(keys(differences({recipe(0.1), recipe(0.2)})),
              ElementsAre("contrast.pair.1.temperature"));
}

TEST(OwnSettings, AreTheKeysThatAreNotTheReferences) {
  const TemporaryFolder folder;
  EXPECT_EQ(own_settings({}), "");
  const auto file = folder.write("r.toml", R"(name = "mine"
[data]
manifest = "a.csv"
held_out = 0.25
[[view]]
name = "a"
kind = "table"
dropout = 0.5
noise = 0.0
[[view]]
name = "b"
kind = "image"
size = 32
augmentation = { crop = "random_resized" }
encoder = { channels = [8] }
[contrast]
temperature = 0.07
[[contrast.pair]]
views = ["a", "b"]
temperature = 0.5
[train]
epochs = 5
)");
  const std::string text = own_settings(read_recipe(file));
  for (const char* const line :
       {"data.held_out = 0.25\n", "view.a.kind = \"table\"\n", "view.a.dropout = 0.5\n",
        "view.b.size = 32\n", "view.b.augmentation.crop = \"random_resized\"\n",
        "view.b.encoder.channels = [8]\n", "contrast.pair.1.temperature = 0.5\n",
        "train.epochs = 5\n"})
    EXPECT_THAT(text, HasSubstr(line));
  for (const char* const key : {"mine", "a.csv", "noise", "a.encoder.channels", "scale_low",
                                "hidden_dim", "contrast.temperature", "batch_size"})
    EXPECT_THAT(text, Not(HasSubstr(key)));
  EXPECT_EQ(own_settings(read_recipe(file, {"data.manifest=\"elsewhere/a.csv\""})), text);
}

TEST(Differences, OfViewsGoByTheirNames) {
  const TemporaryFolder folder;
  const auto file = folder.write("r.toml",
                                 "[data]\nmanifest = \"a.csv\"\n[[view]]\nname = \"a\"\nkind = "
                                 "\"table\"\ncolumns = \"x\"\n[[view]]\nname = \"b\"\nkind = "
                                 "\"table\"\ncolumns = \"y\"\n");
  const Recipe one = read_recipe(file);
  const Recipe other =
      read_recipe(file, {"view.b.dropout=0.3", "encoder.widths=[8]", "view.a.encoder.skip=false"});
  const auto found = differences({one, other});
  EXPECT_THAT(keys(found), ElementsAre("view.a.encoder.skip", "view.b.dropout", "encoder.widths"))
      << "views take their widths from [encoder]: once is enough";
  EXPECT_THAT(found[1].values, ElementsAre("0", "0.3"));
}

}  // namespace
}  // namespace cmc::recipe
