#include "cmc/information/share_interval.h"

#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc::information {
namespace {

// Worked out by hand from the formula.
TEST(ShareInterval, IsWilsons) {
  const ShareInterval most = share_interval(8, 10), none = share_interval(0, 10),
                      all = share_interval(10, 10);
  EXPECT_NEAR(most.low, 0.49016, 1e-5);
  EXPECT_NEAR(most.high, 0.94332, 1e-5);
  EXPECT_NEAR(none.low, 0, 1e-12);
  EXPECT_NEAR(none.high, 0.27753, 1e-5);
  EXPECT_NEAR(all.low, 1 - 0.27753, 1e-5);
  EXPECT_NEAR(all.high, 1, 1e-12);
}

TEST(ShareInterval, RefusesWhatIsNoShare) {
  EXPECT_THROW(share_interval(0, 0), Error);
  EXPECT_THROW(share_interval(11, 10), Error);
  EXPECT_THROW(share_interval(-1, 10), Error);
}

}  // namespace
}  // namespace cmc::information
