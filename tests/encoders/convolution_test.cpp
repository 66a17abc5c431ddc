#include "cmc/encoders/convolution.h"

#include <gtest/gtest.h>
#include <torch/nn/functional/normalization.h>
#include <torch/types.h>

#include <cmath>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/libtorch.h"
#include "cmc/training/adamw.h"

namespace cmc::encoders {
namespace {

std::vector<Encoder> networks(Network network, std::int64_t side) {
  at::manual_seed(3);
  const std::vector<data::ViewShape> shapes{{"L", 1, side, side}, {"ab", 2, side, side}};
  return make_encoders({.network = network, .channels = {32, 48}, .hidden_dim = 64}, shapes);
}

std::vector<at::Tensor> parameters_of(const std::vector<Encoder>& encoders) {
  std::vector<at::Tensor> parameters;
  for (const Encoder& encoder : encoders)
    for (const at::Tensor& parameter : encoder->parameters()) parameters.push_back(parameter);
  return parameters;
}

/// The k-pair loss of both views, with the batch's other samples as negatives.
at::Tensor loss_of(std::vector<Encoder>& encoders, const std::vector<at::Tensor>& views,
                   bool bfloat16) {
  std::vector<at::Tensor> z;
  {
    const Autocast autocast(at::kCPU, bfloat16);
    for (std::size_t v = 0; v < views.size(); ++v)
      z.push_back(encoders[v]->forward(views[v]).embedding);
  }
  const auto unit = [](const at::Tensor& x) {
    return torch::nn::functional::normalize(x.to(at::kFloat));
  };
  return at::cross_entropy_loss(at::matmul(unit(z[0]), unit(z[1]).t()) / 0.2,
                                at::arange(z[0].size(0)));
}

std::vector<at::Tensor> views_of(std::int64_t side) {
  at::manual_seed(4);
  const at::Tensor pictures = at::randn({24, 3, side, side});
  return {pictures.narrow(1, 0, 1), pictures.narrow(1, 0, 2) + pictures.narrow(1, 1, 2)};
}

class BfloatConvolutions : public testing::TestWithParam<Network> {
 protected:
  std::int64_t side() const { return GetParam() == Network::alexnet ? 71 : 16; }
};

TEST_P(BfloatConvolutions, GiveTheGradientsOfFloat32) {
  std::vector<Encoder> plain = networks(GetParam(), side()), rounded = networks(GetParam(), side());
  const std::vector<at::Tensor> views = views_of(side());
  const at::Tensor expected = loss_of(plain, views, false), found = loss_of(rounded, views, true);
  EXPECT_NEAR(found.item<double>(), expected.item<double>(), 0.02 * expected.item<double>());
  expected.backward();
  found.backward();
  const std::vector<at::Tensor> p = parameters_of(plain), q = parameters_of(rounded);
  double square = 0, product = 0, other = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    ASSERT_EQ(q[i].grad().scalar_type(), at::kFloat);
    square += p[i].grad().square().sum().item<double>();
    other += q[i].grad().square().sum().item<double>();
    product += (p[i].grad() * q[i].grad()).sum().item<double>();
  }
  // What bfloat16 leaves of a gradient: libtorch's own convolutions come to 0.979, 0.952 and 0.90.
  EXPECT_GT(product / std::sqrt(square * other), 0.85);
  EXPECT_NEAR(std::sqrt(other / square), 1, 0.05);
}

TEST_P(BfloatConvolutions, TrainAsFloat32Does) {
  std::vector<double> losses[2];
  for (const bool bfloat16 : {false, true}) {
    std::vector<Encoder> encoders = networks(GetParam(), side());
    const std::vector<at::Tensor> views = views_of(side());
    training::PiecewiseAdamW optimizer(parameters_of(encoders), torch::optim::AdamWOptions(1e-3));
    for (int step = 0; step < 10; ++step) {
      optimizer.zero_grad();
      const at::Tensor loss = loss_of(encoders, views, bfloat16);
      losses[bfloat16].push_back(loss.item<double>());
      loss.backward();
      optimizer.step();
    }
  }
  EXPECT_LT(losses[0].back(), 0.8 * losses[0].front());
  for (std::size_t step = 0; step < 10; ++step)
    EXPECT_NEAR(losses[1][step], losses[0][step], 0.05 * losses[0].front()) << "step " << step;
}

INSTANTIATE_TEST_SUITE_P(Networks, BfloatConvolutions,
                         testing::Values(Network::convnet, Network::alexnet, Network::resnet18));

}  // namespace
}  // namespace cmc::encoders
