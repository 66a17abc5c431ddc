#include "cmc/files/lower_case.h"

#include <gtest/gtest.h>

namespace cmc::files {
namespace {

TEST(LowerCase, MakesAsciiCapitalsSmallAndLeavesTheRest) {
  EXPECT_EQ(lower_case("Tr4in.\xc3\x84Z"), "tr4in.\xc3\x84z");
  EXPECT_EQ(lower_case(""), "");
}

TEST(SmallEnding, IsThatOfTheFilesName) {
  EXPECT_EQ(small_ending("a.b/walks.CSV"), ".csv");
  EXPECT_EQ(small_ending("a.b/walks"), "");
  EXPECT_EQ(small_ending("walks.csv.GZ"), ".gz");
}

}  // namespace
}  // namespace cmc::files
