#include "cmc/contrast/losses/barlow_twins.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/contrast/objective.h"
#include "cmc/error.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/finite_difference.h"
#include "tests/contrast/losses/raw_views.h"

namespace cmc::contrast {
namespace {

TEST(BarlowTwins, FollowsItsFormula) {
  const RawViews views = raw_views();
  const auto moment = [&](const at::Tensor& a, int d, const at::Tensor& b, int e) {
    double mean_d = 0, mean_e = 0, sum = 0;
    for (int i = 0; i < 6; ++i) mean_d += entry(a, i, d) / 6, mean_e += entry(b, i, e) / 6;
    for (int i = 0; i < 6; ++i) sum += (entry(a, i, d) - mean_d) * (entry(b, i, e) - mean_e);
    return sum / 6;
  };
  double expected = 0;
  for (int d = 0; d < 4; ++d)
    for (int e = 0; e < 4; ++e) {
      const double c = moment(views.first, d, views.second, e) /
                       std::sqrt((moment(views.first, d, views.first, d) + 1e-5) *
                                 (moment(views.second, e, views.second, e) + 1e-5));
      expected += d == e ? (1 - c) * (1 - c) : 0.02 * c * c;
    }
  EXPECT_NEAR(barlow_twins(views.first, views.second, {.redundancy = 0.02}).item<double>(),
              expected, 1e-12);
}

TEST(BarlowTwins, IsLightlys) {
  // lightly 1.6.0, BarlowTwinsLoss in float64.
  RawViews views = raw_views();
  const at::Tensor loss = barlow_twins(views.first, views.second);
  EXPECT_NEAR(loss.item<double>(), 4.5565723052146785, 1e-12);
  loss.backward();
  EXPECT_NEAR(entry(views.first.grad(), 0, 0), 0.3362807805840817, 1e-12);
  EXPECT_NEAR(entry(views.first.grad(), 5, 3), 0.17403431844905634, 1e-12);
  EXPECT_NEAR(entry(views.second.grad(), 2, 1), -0.4122990492798401, 1e-12);
  EXPECT_NEAR(views.second.grad().abs().sum().item<double>(), 14.618555535677206, 1e-11);
  EXPECT_NEAR(barlow_twins(views.first, views.second, {.redundancy = 1}).item<double>(),
              4.893320000363411, 1e-12);
}

TEST(BarlowTwins, ItsGradientsAreFiniteDifferences) {
  const RawViews views = raw_views();
  for (const at::Tensor& leaf : {views.first, views.second})
    expect_gradient([&] { return barlow_twins(views.first, views.second, {.redundancy = 0.3}); },
                    leaf);
}

TEST(BarlowTwins, ScalesAndShiftsOfADimensionDoNotCount) {
  const RawViews views = raw_views();
  const at::Tensor scale = torch::tensor({3.0, -0.5, 10.0, 2.0}, at::kDouble);
  // Against itself, so that only the scale's sign could matter.
  const double plain = barlow_twins(views.first, views.second).item<double>();
  EXPECT_NEAR(barlow_twins(views.first * scale.abs() + 7, views.second).item<double>(), plain,
              1e-4);
  EXPECT_GT(barlow_twins(views.first * scale, views.first).item<double>(), 3.9);
}

TEST(BarlowTwins, AnObjectiveSumsBothDirectionsToThePapersLoss) {
  const RawViews views = raw_views();
  const ContrastResult result =
      Objective({.loss = BarlowTwinsOptions{}})->forward({views.first, views.second}, range(6));
  EXPECT_NEAR(result.loss.item<double>(), 4.5565723052146785, 1e-12);
  EXPECT_EQ(result.directions[1].per_anchor.size(0), 6);
  EXPECT_DOUBLE_EQ(result.figures().temperature, 0.07);
}

TEST(BarlowTwins, RefusesAWeightThatCannotBe) {
  for (const double weight : {-0.1, std::nan(""), HUGE_VAL})
    EXPECT_THROW(check_options(BarlowTwinsOptions{.redundancy = weight}), Error) << weight;
  using Bank = MemoryBankOptions;
  EXPECT_NE(message([] {
              Objective({.loss = BarlowTwinsOptions{},
                         .negatives = Bank{.samples = 9, .dim = 4, .k = 5}});
            }).find("the negatives must be BatchOptions"),
            std::string::npos);
}

}  // namespace
}  // namespace cmc::contrast
