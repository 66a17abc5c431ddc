#include "cmc/draft/name_pattern.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cmc::draft {
namespace {

TEST(NamePattern, FindsWhatIsSaidAndWhoSaidIt) {
  std::vector<std::string> paths;
  for (int digit = 0; digit < 4; ++digit)
    for (const char* const speaker : {"ada", "bob", "eve"})
      for (int take = 0; take < 5; ++take)
        paths.push_back(fmt::format("{}_{}_{}.wav", digit, speaker, take));
  const auto found = find_name_pattern(paths);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pattern, "{field1}_{field2}_{field3}.wav");
  EXPECT_EQ(found->label, "field1");
  EXPECT_EQ(found->groups, "field2");
}

TEST(NamePattern, TakesFoldersAsClasses) {
  std::vector<std::string> paths;
  for (const char* const kind : {"bird", "rain"})
    for (int i = 0; i < 6; ++i) paths.push_back(fmt::format("sounds/{}/{}-{}.flac", kind, kind, i));
  const auto found = find_name_pattern(paths);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pattern, "sounds/{class}/{name}.flac");
  EXPECT_EQ(found->label, "class");
  EXPECT_FALSE(found->groups.has_value());
}

TEST(NamePattern, TakesNamesThatTellNothingWhole) {
  const auto found = find_name_pattern({"a.wav", "b_c.flac", "d.wav"});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pattern, "{name}.{ending}");
  EXPECT_FALSE(found->label.has_value());
  EXPECT_FALSE(find_name_pattern({"a.wav", "b/c.wav"}).has_value());
}

}  // namespace
}  // namespace cmc::draft
