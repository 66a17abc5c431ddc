#include "cmc/contrast/negatives/duplicates.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace cmc::contrast {
namespace {

TEST(Duplicates, AreThePlacesThatAnEqualityMatrixHas) {
  at::manual_seed(1);
  const at::Tensor rows = at::randint(0, 5, {9}, at::kLong),
                   columns = at::randint(0, 5, {13}, at::kLong);
  EXPECT_TRUE(at::equal(equal_places(rows, columns),
                        (rows.unsqueeze(1) == columns).nonzero().t().contiguous()));
  const at::Tensor apart =
      (rows.unsqueeze(1) == rows).logical_and(at::eye(9, at::kBool).logical_not());
  EXPECT_TRUE(at::equal(equal_places_apart(rows), apart.nonzero().t().contiguous()));
  EXPECT_FALSE(equal_places(rows, columns + 5).defined());
  EXPECT_FALSE(equal_places_apart(at::arange(4, at::kLong)).defined());
}

}  // namespace
}  // namespace cmc::contrast
