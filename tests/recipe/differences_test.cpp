#include "cmc/recipe/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace cmc::recipe {
namespace {

using ::testing::ElementsAre;

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
