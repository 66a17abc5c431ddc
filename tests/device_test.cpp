#include "cmc/device.h"

#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc {
namespace {

TEST(Device, RefusesWhatIsNotThere) {
  EXPECT_EQ(find_device("cpu"), at::Device("cpu"));
  EXPECT_THROW(find_device("gpu"), Error);
}

TEST(Device, ComputesInThePrecisionThatIsAskedFor) {
  EXPECT_TRUE(uses_bfloat16(Precision::bf16, at::kCPU));
  EXPECT_FALSE(uses_bfloat16(Precision::fp32, at::kCUDA));
  EXPECT_TRUE(uses_bfloat16(Precision::automatic, at::kCUDA));
}

}  // namespace
}  // namespace cmc
