#include "cmc/contrast/losses/running_log_z.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

TEST(RunningLogZ, IsAMeanTimesNAndRunsInLogSpace) {
  double mean = 0;
  for (int i = 0; i < 2; ++i) mean += over_negatives(i, [](double s) { return std::exp(s / 0.2); });
  const at::Tensor log_z = estimate_log_z(similarities(), tau(0.2), 1000);
  EXPECT_NEAR(log_z.item<double>(), std::log(1000 * mean / 5), 1e-12);
  const at::Tensor none = at::full({}, std::nan(""), at::kDouble);
  EXPECT_EQ(running_log_z(none, tau(3), 0.99).item<double>(), 3);
  EXPECT_EQ(running_log_z(tau(2), none, 0.99).item<double>(), 2);
  EXPECT_NEAR(running_log_z(tau(2), tau(3), 0.99).item<double>(), 2.01, 1e-12);
  // Unit vectors bound Z by n · exp(1/τ).
  const Similarities top{
      torch::tensor({1.0}, at::kDouble), torch::tensor({{1.0}}, at::kDouble), {}};
  EXPECT_NEAR(estimate_log_z(top, tau(0.07), 700).item<double>(), std::log(700) + 1 / 0.07, 1e-9);
  EXPECT_TRUE(estimate_log_z(without_negatives(), tau(0.1), 10).isnan().item<bool>());
}

TEST(RunningLogZ, KeepsOneNumberForEachDirection) {
  RunningLogZ log_z(3, 0.75);
  const ViewPair forth{0, 2}, back{2, 0};
  const auto see = [&](const ViewPair& pair, double batch) {
    return log_z.see(pair, tau(batch)).item<double>();
  };
  EXPECT_EQ(see(forth, 4), 4);  // there is none yet: the batch's
  EXPECT_EQ(see(forth, 4), 4);
  log_z.update();
  EXPECT_EQ(see(forth, 8), 4);
  EXPECT_EQ(see(back, 6), 6);
  log_z.update();
  EXPECT_EQ(see(forth, 0), 0.75 * 4 + 0.25 * 8);
  EXPECT_EQ(see(back, std::nan("")), 6);
  log_z.update();
  EXPECT_EQ(see(back, 0), 6);  // the batch said nothing
  EXPECT_TRUE(log_z.values()[0][1].isnan().item<bool>());
}

}  // namespace
}  // namespace cmc::contrast
