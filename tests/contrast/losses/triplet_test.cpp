#include "cmc/contrast/losses/triplet.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>

#include "cmc/error.h"
#include "tests/contrast/losses/tried_similarities.h"

namespace cmc::contrast {
namespace {

double margin_loss(double s, double p) {
  return std::max(2 * s - 2 * p + 0.2, 0.0);
}

TEST(Triplet, AllIsTheMeanOverNegatives) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::all}), [](int i) {
    return over_negatives(i, [&](double s) { return margin_loss(s, positive[i]); }) /
           (i == 0 ? 3 : 2);
  });
}

TEST(Triplet, HardestIsTheNearest) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::hardest}),
              [](int i) { return margin_loss(i == 0 ? 0.9 : 0.3, positive[i]); });
}

TEST(Triplet, SemiHardIsTheNearestBeyondThePositive) {
  expect_each(triplet(similarities(), {.margin = 0.2, .mining = Mining::semi_hard}),
              [](int i) { return margin_loss(i == 0 ? 0.5 : -0.6, positive[i]); });
  const Similarities all_nearer{
      torch::tensor({-0.5}, at::kDouble), torch::tensor({{0.9, 0.1}}, at::kDouble), {}};
  EXPECT_NEAR(triplet(all_nearer, {.mining = Mining::semi_hard}).mean().item<double>(),
              margin_loss(0.1, -0.5), 1e-12);
}

TEST(Triplet, AnAnchorWithoutNegativesAddsNothing) {
  for (const Mining mining : {Mining::all, Mining::hardest, Mining::semi_hard})
    EXPECT_EQ(triplet(without_negatives(), {.mining = mining}).item<double>(), 0);
}

TEST(Triplet, RefusesAMarginThatACollapsedEncoderMeets) {
  for (const double margin : {0.0, -0.1, std::nan(""), HUGE_VAL})
    EXPECT_THROW(check_options(TripletOptions{.margin = margin}), Error) << margin;
}

}  // namespace
}  // namespace cmc::contrast
