#include "studies/value_bins.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc::studies {
namespace {

TEST(ValueBins, HoldEquallyManyOfEachValue) {
  at::manual_seed(3);
  // Two columns of a table, one with a long tail.
  const at::Tensor normal = at::randn({320, 2, 1, 1});
  const at::Tensor sample = at::cat({normal.narrow(1, 0, 1), normal.narrow(1, 1, 1).exp()}, 1);
  const ValueBins bins(sample);
  ASSERT_EQ(bins.values(), 2);
  const at::Tensor found = bins(sample);
  ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{320, 2}));
  for (std::int64_t value = 0; value < 2; ++value)
    EXPECT_TRUE(found.select(1, value).contiguous().bincount().equal(at::full({16}, 20, at::kLong)))
        << value;
}

TEST(ValueBins, AValueFallsBetweenItsBounds) {
  const at::Tensor sample = at::arange(160, at::kFloat).flip(0).reshape({160, 1, 1, 1});
  const ValueBins bins(sample);
  const std::vector<float> values = {-7, 0, 9.5, 10, 19.5, 75, 149.5, 150, 1000};
  const std::vector<std::int64_t> expected = {0, 0, 0, 1, 1, 7, 14, 15, 15};
  const at::Tensor found = bins(at::tensor(values).reshape({-1, 1, 1, 1}));
  EXPECT_TRUE(found.flatten().equal(at::tensor(expected))) << found;
}

TEST(ValueBins, AverageMapsDownToEightByEight) {
  // Two channels of 16 × 4: blocks of 2 × 1 in each, 8 × 4 places.
  const at::Tensor sample =
      at::arange(16, at::kFloat).reshape({16, 1, 1, 1}).expand({16, 2, 16, 4});
  const ValueBins bins(sample);
  ASSERT_EQ(bins.values(), 2 * 8 * 4);
  at::Tensor picture = at::full({1, 2, 16, 4}, 3.f);
  picture[0][1][6][2] = 10;  // its block's mean: that of 10 and 4
  picture[0][1][7][2] = 4;
  at::Tensor expected = at::full({2, 8, 4}, 3, at::kLong);
  expected[1][3][2] = 7;
  EXPECT_TRUE(bins(picture).reshape({2, 8, 4}).equal(expected));
}

TEST(ValueBins, NeedASampleForEachBin) {
  EXPECT_THROW(ValueBins(at::zeros({15, 1, 1, 1})), Error);
}

}  // namespace
}  // namespace cmc::studies
