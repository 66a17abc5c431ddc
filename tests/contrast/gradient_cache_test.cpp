#include "cmc/contrast/gradient_cache.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

namespace cmc::contrast {
namespace {

TEST(GradientCache, GivesTheGradientsOfOneBatch) {
  at::manual_seed(1);
  torch::nn::Linear f(6, 5), g(6, 5);
  const at::Tensor x = at::randn({12, 6}), y = at::randn({12, 6}),
                   indices = at::arange(12, at::kLong);
  Objective objective({.loss = KPairOptions{.temperature = 0.2}});
  const ContrastResult whole = objective->forward({f(x), g(y)}, indices);
  whole.loss.backward();
  const at::Tensor expected_f = f->weight.grad().clone(), expected_g = g->weight.grad().clone();
  f->zero_grad();
  g->zero_grad();
  const CachedContrast result = contrast_with_gradient_cache(
      objective, 3,
      [&](std::int64_t pass) {
        return std::vector<at::Tensor>{f(x.narrow(0, 4 * pass, 4)), g(y.narrow(0, 4 * pass, 4))};
      },
      indices);
  EXPECT_DOUBLE_EQ(result.contrast.figures().k, 11);
  EXPECT_NEAR(result.contrast.loss.item<double>(), whole.loss.item<double>(), 1e-6);
  EXPECT_TRUE(at::allclose(f->weight.grad(), expected_f, 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(g->weight.grad(), expected_g, 1e-4, 1e-6));
}

}  // namespace
}  // namespace cmc::contrast
