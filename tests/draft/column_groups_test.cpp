#include "cmc/draft/column_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmc::draft {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> group_names(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  if (const auto groups = group_by_name(columns))
    for (const ColumnGroup& group : *groups) names.push_back(group.name);
  return names;
}

TEST(ColumnGroups, AreOfTheFirstOrTheLastWord) {
  // As scikit-learn names the columns of its breast cancer data.
  const auto groups =
      group_by_name({"mean radius", "mean texture", "mean area", "radius error", "texture error",
                     "area error", "worst radius", "worst texture", "worst area"});
  ASSERT_TRUE(groups.has_value());
  ASSERT_EQ(groups->size(), 3u);
  EXPECT_EQ((*groups)[1].name, "error");
  EXPECT_THAT((*groups)[1].members, ElementsAre(3u, 4u, 5u));
}

TEST(ColumnGroups, AreOfLettersInFrontOfNumbers) {
  EXPECT_THAT(group_names({"a0", "a1", "b0", "b1"}), ElementsAre("a", "b"));
  EXPECT_THAT(group_names({"leftArm", "leftLeg", "rightArm", "rightLeg"}),
              ElementsAre("left", "right"));
}

TEST(ColumnGroups, LeaveTheRestToAViewOrToTheSmallest) {
  const auto one = group_by_name({"a0", "a1", "a2", "b0", "b1", "odd"});
  ASSERT_TRUE(one.has_value());
  EXPECT_THAT(one->back().members, ElementsAre(3u, 4u, 5u));
  EXPECT_THAT(group_names({"a0", "a1", "a2", "b0", "b1", "b2", "x", "y"}),
              ElementsAre("a", "b", "rest"));
}

TEST(ColumnGroups, AreNoneWhereAWordTellsLittle) {
  EXPECT_FALSE(group_by_name({"t0", "t1", "t2"}).has_value()) << "all share it";
  EXPECT_FALSE(group_by_name({"alcohol", "ash", "hue", "proline"}).has_value());
  EXPECT_FALSE(group_by_name({"total phenols", "other phenols", "ash", "hue", "alcohol", "color"})
                   .has_value())
      << "two of six";
  EXPECT_FALSE(group_by_name({}).has_value());
}

}  // namespace
}  // namespace cmc::draft
