#include "cmc/with_commas.h"

#include <gtest/gtest.h>

#include <limits>

namespace cmc {
namespace {

TEST(WithCommas, NumbersOfAnySize) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(-999), "−999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(-123456), "−123,456");
  EXPECT_EQ(with_commas(std::numeric_limits<std::int64_t>::min()), "−9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace cmc
