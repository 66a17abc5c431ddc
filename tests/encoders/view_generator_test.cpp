#include "cmc/encoders/view_generator.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "cmc/encoders/encoder.h"
#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc::encoders {
namespace {

/// With weights far from those that it starts with.
ViewGenerator learned(const ViewGeneratorOptions& options = {}) {
  at::manual_seed(3);
  ViewGenerator generator(options);
  const at::NoGradGuard no_grad;
  for (at::Tensor& parameter : generator->parameters()) parameter.normal_();
  return generator;
}

double farthest(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(ViewGenerator, ChangesNothingAtFirst) {
  const at::Tensor x = at::randn({4, 3, 5, 6});
  EXPECT_LT(farthest(ViewGenerator(ViewGeneratorOptions{})->forward(x), x), 1e-5);
}

TEST(ViewGenerator, IsInvertibleWhateverItsWeights) {
  const at::Tensor x = at::randn({4, 3, 5, 6}, at::kDouble);
  for (const std::int64_t couplings : {1, 2, 3, 8}) {
    ViewGenerator generator = learned({.couplings = couplings, .width = 7});
    generator->to(at::kDouble);
    const at::Tensor y = generator->forward(x);
    EXPECT_GT(farthest(y, x), 0.5);
    EXPECT_LT(farthest(generator->inverse(y), x), 1e-9) << couplings;
  }
}

TEST(ViewGenerator, MapsEachPixelByItselfAndPreservesVolume) {
  ViewGenerator generator = learned();
  generator->to(at::kDouble);
  const at::Tensor x = at::randn({1, 3, 1, 1}, at::kDouble);
  at::Tensor picture = at::randn({1, 3, 4, 4}, at::kDouble);
  picture.narrow(2, 1, 1).narrow(3, 2, 1).copy_(x);
  const at::Tensor alone = generator->forward(x);
  EXPECT_LT(farthest(generator->forward(picture).narrow(2, 1, 1).narrow(3, 2, 1), alone), 1e-12);
  constexpr double step = 1e-6;
  std::vector<at::Tensor> columns;  // of the Jacobian
  for (std::int64_t c = 0; c < 3; ++c) {
    at::Tensor moved = x.clone();
    moved[0][c] += step;
    columns.push_back((generator->forward(moved) - alone).flatten() / step);
  }
  EXPECT_NEAR(at::stack(columns).det().abs().item<double>(), 1, 1e-4);
}

TEST(ViewGenerator, ComputesInFloat32UnderAutocast) {
  ViewGenerator generator = learned();
  const at::Tensor x = at::randn({2, 3, 8, 8});
  const at::Tensor exact = generator->forward(x);
  const Autocast autocast(at::kCPU);
  EXPECT_TRUE(at::equal(generator->forward(x), exact));
}

TEST(ViewGenerator, RefusesOptionsOutOfRange) {
  EXPECT_THROW(ViewGenerator(ViewGeneratorOptions{.couplings = 0}), Error);
  EXPECT_THROW(ViewGenerator(ViewGeneratorOptions{.width = 0}), Error);
}

TEST(ViewGenerator, IsOneForTheEncodersOfASplitAndGivesEachItsChannels) {
  EncoderOptions options{.channels = {8}, .embedding_dim = 4};
  options.generated = GeneratedChannels{.first = 0, .count = 1};
  EncoderOptions second = options;
  second.generated = GeneratedChannels{.first = 1, .count = 2};
  const std::vector<data::ViewShape> views = {{"learned-1", 3, 12, 10}, {"learned-2", 3, 12, 10}};
  std::vector<Encoder> encoders = make_encoders({{options, second}}, views);
  EXPECT_EQ(encoders[0]->generator(), encoders[1]->generator());
  const at::Tensor x = at::randn({5, 3, 12, 10});
  const at::Tensor all = encoders[0]->generator()->forward(x);
  EXPECT_TRUE(at::equal(encoders[0]->seen(x), all.narrow(1, 0, 1)));
  EXPECT_TRUE(at::equal(encoders[1]->seen(x), all.narrow(1, 1, 2)));
  EXPECT_EQ(encoders[1]->forward(x).embedding.size(1), 4);
  options.shared = true;
  EXPECT_THROW(make_encoders({{options, options}}, views), Error);
}

}  // namespace
}  // namespace cmc::encoders
