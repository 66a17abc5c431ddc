#include "cmc/draft/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace cmc::draft {
namespace {

using ::testing::ElementsAre;

TEST(Words, EndAtMarksCapitalsAndDigits) {
  EXPECT_THAT(words("meanRadius_2 (mm)"), ElementsAre("mean", "radius", "2", "mm"));
  EXPECT_THAT(words("ID"), ElementsAre("id"));
  EXPECT_THAT(words("t10"), ElementsAre("t", "10"));
  EXPECT_THAT(words("größe-links"), ElementsAre("größe", "links"));
  EXPECT_TRUE(words("#!").empty());
}

TEST(Words, AreFoundWholeInNames) {
  constexpr std::array<std::string_view, 1> wanted = {"id"};
  EXPECT_TRUE(says("patient_id", wanted));
  EXPECT_TRUE(says("sampleId", wanted));
  EXPECT_FALSE(says("width", wanted));
}

TEST(Words, MakeNamesOfViewsThatFilesAndKeysBear) {
  EXPECT_EQ(view_name("Photo (front).jpg"), "photo-front-jpg");
  EXPECT_EQ(view_name("a.b/c=d"), "a-b-c-d");
  EXPECT_EQ(view_name("größe"), "gr-e");
  EXPECT_EQ(view_name("__"), "view");
}

TEST(Words, AreQuotedAsTomlReadsThem) {
  EXPECT_EQ(toml_text("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
}

}  // namespace
}  // namespace cmc::draft
