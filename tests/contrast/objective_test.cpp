#include "cmc/contrast/objective.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "cmc/error.h"

namespace cmc::contrast {
namespace {

at::Tensor range(std::int64_t n) {
  return at::arange(n, at::kLong);
}

/// What `call` throws.
template <class Call>
std::string message(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// −log softmax of the positive, in float64, one anchor and one candidate at a time.
double slow_k_pair(const at::Tensor& anchors, const at::Tensor& candidates, double temperature) {
  const auto unit = [](const at::Tensor& z) {
    const at::Tensor d = z.detach().to(at::kDouble);
    return d / d.norm(2, 1, true);
  };
  const at::Tensor scores = unit(anchors).matmul(unit(candidates).t()) / temperature;
  double sum = 0;
  for (std::int64_t i = 0; i < scores.size(0); ++i) {
    double total = 0;
    for (std::int64_t j = 0; j < scores.size(1); ++j)
      total += std::exp(scores[i][j].item<double>() - scores[i][i].item<double>());
    sum += std::log(total);
  }
  return sum / scores.size(0);
}

TEST(Objective, SumsBothDirectionsOfEveryPair) {
  torch::manual_seed(1);
  std::vector<at::Tensor> z;
  for (int view = 0; view < 3; ++view) z.push_back(at::randn({12, 8}));
  Objective objective({.loss = KPairOptions{.temperature = 0.2}, .graph = ViewGraph::full(3)});
  const ContrastResult result = objective->forward(z, range(12));
  double expected = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      if (i != j) expected += slow_k_pair(z[i], z[j], 0.2);
  EXPECT_NEAR(result.loss.item<double>(), expected, 1e-5 * expected);
  EXPECT_EQ(result.directions.size(), 6u);
  EXPECT_DOUBLE_EQ(result.k, 11);
  EXPECT_NEAR(result.training_estimate(), std::log(12.0) - expected / 6, 1e-5);
}

TEST(Objective, RefusesATemperatureThatIsNotPositive) {
  EXPECT_NE(message([] { Objective({.loss = KPairOptions{.temperature = 0.0}}); }).find("divides"),
            std::string::npos);
  EXPECT_NE(message([] {
              Objective({.loss = KPairOptions{.temperature = -0.1}});
            }).find("pulls negatives closer"),
            std::string::npos);
}

}  // namespace
}  // namespace cmc::contrast
