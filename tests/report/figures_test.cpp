#include "cmc/report/figures.h"

#include <gtest/gtest.h>

#include <limits>

namespace cmc::report {
namespace {

TEST(Figures, CountsOfAnySize) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(-999), "−999");
  EXPECT_EQ(count(1000), "1,000");
  EXPECT_EQ(count(-123456), "−123,456");
  EXPECT_EQ(count(std::numeric_limits<std::int64_t>::min()), "−9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace cmc::report
