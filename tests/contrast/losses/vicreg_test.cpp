#include "cmc/contrast/losses/vicreg.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "cmc/contrast/objective.h"
#include "cmc/error.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/finite_difference.h"
#include "tests/contrast/losses/raw_views.h"

namespace cmc::contrast {
namespace {

at::Tensor vicreg(const RawViews& views, const VicRegOptions& options = {}) {
  const VicRegTerms terms = vicreg_terms(views.first, views.second, options);
  return options.invariance * terms.invariance.mean() + options.variance * terms.variance +
         options.covariance * terms.covariance;
}

TEST(VicReg, ItsTermsFollowTheirFormulas) {
  const RawViews views = raw_views();
  const VicRegTerms terms = vicreg_terms(views.first, views.second);
  double variance = 0, covariance = 0;
  for (const at::Tensor& z : {views.first, views.second}) {
    const auto cov = [&](int d, int e) {
      double mean_d = 0, mean_e = 0, sum = 0;
      for (int i = 0; i < 6; ++i) mean_d += entry(z, i, d) / 6, mean_e += entry(z, i, e) / 6;
      for (int i = 0; i < 6; ++i) sum += (entry(z, i, d) - mean_d) * (entry(z, i, e) - mean_e);
      return sum / 5;
    };
    for (int d = 0; d < 4; ++d) {
      variance += std::max(0.0, 1 - std::sqrt(cov(d, d) + 1e-4)) / 4;
      for (int e = 0; e < 4; ++e)
        if (e != d) covariance += cov(d, e) * cov(d, e) / 4;
    }
  }
  EXPECT_NEAR(terms.variance.item<double>(), variance, 1e-12);
  EXPECT_NEAR(terms.covariance.item<double>(), covariance, 1e-12);
  for (int i = 0; i < 6; ++i) {
    double squares = 0;
    for (int d = 0; d < 4; ++d)
      squares += std::pow(entry(views.first, i, d) - entry(views.second, i, d), 2) / 4;
    EXPECT_NEAR(terms.invariance[i].item<double>(), squares, 1e-12);
  }
}

TEST(VicReg, IsLightlysWithTwiceItsWeightOfTheVariance) {
  // lightly 1.6.0, VICRegLoss in float64, which halves the variance term: mu_param = 50.
  RawViews views = raw_views();
  const at::Tensor loss = vicreg(views);
  EXPECT_NEAR(loss.item<double>(), 44.451451858774526, 1e-10);
  loss.backward();
  EXPECT_NEAR(entry(views.first.grad(), 0, 0), -0.46859836942035615, 1e-11);
  EXPECT_NEAR(entry(views.first.grad(), 5, 3), -1.1548047126539303, 1e-11);
  EXPECT_NEAR(entry(views.second.grad(), 2, 1), -0.672096764767022, 1e-11);
  EXPECT_NEAR(views.first.grad().abs().sum().item<double>(), 32.83357643207841, 1e-9);
  // Its terms alone.
  const VicRegTerms terms = vicreg_terms(views.first, views.second);
  EXPECT_NEAR(terms.invariance.mean().item<double>(), 1.0529683077850258, 1e-12);
  EXPECT_NEAR(terms.variance.item<double>() / 2, 0.34905418466164095, 1e-12);
  EXPECT_NEAR(terms.covariance.item<double>(), 0.674534931066836, 1e-12);
}

TEST(VicReg, ItsGradientsAreFiniteDifferences) {
  const RawViews views = raw_views();
  const VicRegOptions options{.invariance = 2, .variance = 3, .covariance = 0.5, .target = 1.2};
  for (const at::Tensor& leaf : {views.first, views.second})
    expect_gradient([&] { return vicreg(views, options); }, leaf);
}

TEST(VicReg, HasNoLossWhereViewsAgreeAndDimensionsVaryApart) {
  // Columns of a Hadamard matrix: variance 8/7, covariance 0.
  const at::Tensor z = torch::tensor({{1, 1, 1},
                                      {-1, 1, -1},
                                      {1, -1, -1},
                                      {-1, -1, 1},
                                      {1, 1, 1},
                                      {-1, 1, -1},
                                      {1, -1, -1},
                                      {-1, -1, 1}},
                                     at::kDouble);
  EXPECT_NEAR(vicreg({z, z}).item<double>(), 0, 1e-12);
  // A collapsed encoder pays μ (γ − √ε) a view.
  const at::Tensor flat = at::ones({8, 3}, at::kDouble);
  EXPECT_NEAR(vicreg({flat, flat}).item<double>(), 2 * 25 * 0.99, 1e-9);
}

TEST(VicReg, AnObjectiveSumsBothDirectionsToThePapersLoss) {
  const RawViews views = raw_views();
  const auto forward = [&](const Loss& loss) {
    return Objective({.loss = loss})->forward({views.first, views.second}, range(6));
  };
  const ContrastResult result = forward(VicRegOptions{});
  EXPECT_NEAR(result.loss.item<double>(), 44.451451858774526, 1e-10);
  const ContrastFigures figures = result.figures();
  EXPECT_NEAR(figures.directions[0].loss, 44.451451858774526 / 2, 1e-10);
  // Its figures are the k-pair loss's at τ = 0.07.
  const ContrastFigures k_pair = forward(KPairOptions{.temperature = 0.07}).figures();
  EXPECT_DOUBLE_EQ(figures.temperature, 0.07);
  EXPECT_DOUBLE_EQ(figures.k, 5);
  EXPECT_NEAR(figures.k_pair_loss, k_pair.k_pair_loss, 1e-12);
  EXPECT_NEAR(figures.negative_similarity, k_pair.negative_similarity, 1e-12);
  // bfloat16 embeddings are summed in float32.
  const ContrastResult coarse =
      Objective({.loss = VicRegOptions{}})
          ->forward({views.first.to(at::kBFloat16), views.second.to(at::kBFloat16)}, range(6));
  EXPECT_EQ(coarse.loss.scalar_type(), at::kFloat);
  EXPECT_NEAR(coarse.loss.item<double>(), result.loss.item<double>(), 0.3);
}

TEST(VicReg, RefusesWhatCannotBe) {
  for (const VicRegOptions& options :
       {VicRegOptions{.invariance = -1}, VicRegOptions{.variance = std::nan("")},
        VicRegOptions{.covariance = HUGE_VAL}, VicRegOptions{.target = -1},
        VicRegOptions{.epsilon = 0}})
    EXPECT_THROW(check_options(options), Error);
  EXPECT_NE(
      message([] {
        Objective({.loss = VicRegOptions{}, .negatives = QueueOptions{.length = 6, .dim = 4}});
      }).find("not a memory bank or a queue"),
      std::string::npos);
}

}  // namespace
}  // namespace cmc::contrast
