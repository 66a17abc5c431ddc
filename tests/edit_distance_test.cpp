#include "cmc/edit_distance.h"

#include <gtest/gtest.h>

namespace cmc {
namespace {

TEST(EditDistance, CountsLettersPutInTakenOutAndReplaced) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("trian", "train"), 2u);
}

TEST(EditDistance, TellsSlipsFromOtherNames) {
  EXPECT_TRUE(is_misspelt("trian", "train"));
  EXPECT_TRUE(is_misspelt("epoch", "epochs"));
  EXPECT_FALSE(is_misspelt("temperature", "train"));
  EXPECT_FALSE(is_misspelt("lr", "seed"));
}

}  // namespace
}  // namespace cmc
