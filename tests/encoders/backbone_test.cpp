#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/encoders/encoder.h"

namespace cmc::encoders {
namespace {

/// [n] of -1/2 ... 1/2 that look random and are the same everywhere.
at::Tensor sequence(std::int64_t n, std::int64_t k) {
  const at::Tensor i = at::arange(n);
  return (31 * i * i + 7 * i + k * k).remainder(10007).to(at::kDouble) / 10007 - 0.5;
}

/// Fills the backbone's parameters by a formula, in order: norms near 1 and 0, kernels with He's
/// variance.
void fill(EncoderImpl& encoder) {
  const torch::NoGradGuard no_grad;
  std::int64_t k = 0;
  for (const auto& item : encoder.named_parameters()) {
    if (item.key().starts_with("head.")) continue;
    at::Tensor parameter = item.value();
    const at::Tensor u = sequence(parameter.numel(), k);
    if (parameter.dim() == 1) {
      parameter.copy_(0.2 * u + (item.key().ends_with("weight") ? 1.0 : 0.0));
    } else {
      const auto fan = static_cast<double>(parameter[0].numel());
      parameter.copy_((u * std::sqrt(24 / fan)).view(parameter.sizes()));
    }
    ++k;
  }
}

std::int64_t backbone_parameters(const EncoderImpl& encoder) {
  std::int64_t count = 0;
  for (const auto& item : encoder.named_parameters()) {
    if (!item.key().starts_with("head.")) count += item.value().numel();
  }
  return count;
}

at::Tensor picture() {
  return sequence(2 * 3 * 64 * 64, 0).view({2, 3, 64, 64}).to(at::kFloat);
}

double total(const at::Tensor& x) {
  return x.to(at::kDouble).sum().item<double>();
}

TEST(ResNet, EighteenHasTorchvisionsParameters) {
  Encoder encoder = make_encoder({.network = Network::resnet18}, {"rgb", 3, 64, 64});
  EXPECT_EQ(backbone_parameters(*encoder), 11689512 - 513000);  // all but its fc
  const auto parameters = encoder->named_parameters();
  const auto buffers = encoder->named_buffers();
  EXPECT_EQ(parameters["conv1.weight"].sizes(), at::IntArrayRef({64, 3, 7, 7}));
  EXPECT_EQ(parameters["layer1.0.conv2.weight"].sizes(), at::IntArrayRef({64, 64, 3, 3}));
  EXPECT_EQ(parameters["layer2.0.downsample.0.weight"].sizes(), at::IntArrayRef({128, 64, 1, 1}));
  EXPECT_EQ(parameters["layer4.1.bn2.bias"].sizes(), at::IntArrayRef({512}));
  EXPECT_EQ(buffers["layer2.0.downsample.1.running_var"].sizes(), at::IntArrayRef({128}));
  EXPECT_FALSE(parameters.contains("layer1.0.downsample.0.weight"));
  std::size_t names = 0, length = 0;
  const auto count = [&](const auto& items) {
    for (const auto& item : items) {
      if (item.key().starts_with("head.")) continue;
      ++names;
      length += item.key().size();
    }
  };
  count(parameters);
  count(buffers);
  EXPECT_EQ(names, 120u);    // of torchvision 0.14's state_dict without fc, and the
  EXPECT_EQ(length, 2862u);  // letters in its names
}

/// Compares the representation's sum, sum of squares and one entry.
void expect(const at::Tensor& y, double sum, double squares, double entry) {
  EXPECT_NEAR(total(y), sum, 1e-5 * sum);
  EXPECT_NEAR(total(y.square()), squares, 2e-5 * squares);
  EXPECT_NEAR(y[0][3].item<double>(), entry, 1e-3 * entry);
}

// The figures are torchvision 0.14's for the same weights and picture, computed in float64.
TEST(ResNet, EighteenComputesWhatTorchvisionDoes) {
  Encoder encoder = make_encoder({.network = Network::resnet18}, {"rgb", 3, 64, 64});
  fill(*encoder);
  encoder->eval();
  expect(encoder->represent(picture()), 1310.00587, 3270.81579, 1.94337993);
  encoder->train();
  expect(encoder->represent(picture()), 880.042554, 922.825476, 0.963341579);
}

TEST(ResNet, FiftyComputesWhatTorchvisionDoes) {
  Encoder encoder = make_encoder({.network = Network::resnet50}, {"rgb", 3, 64, 64});
  EXPECT_EQ(backbone_parameters(*encoder), 25557032 - 2049000);
  fill(*encoder);
  encoder->eval();
  expect(encoder->represent(picture()), 335523.277, 47206628.8, 107.198756);
  encoder->train();
  expect(encoder->represent(picture()), 4363.66161, 5493.25542, 0.530856787);
}

TEST(ResNet, SmallStemKeepsTheResolution) {
  const at::Tensor x = torch::randn({2, 2, 32, 32});
  Encoder small =
      make_encoder({.network = Network::resnet18, .small_stem = true}, {"ab", 2, 32, 32});
  Encoder large = make_encoder({.network = Network::resnet18}, {"ab", 2, 32, 32});
  EXPECT_EQ(small->layer(x, "stem").sizes(), at::IntArrayRef({2, 64, 32, 32}));
  EXPECT_EQ(small->layer(x, "layer4").sizes(), at::IntArrayRef({2, 512, 4, 4}));
  EXPECT_EQ(large->layer(x, "stem").sizes(), at::IntArrayRef({2, 64, 8, 8}));
  EXPECT_EQ(large->layer(x, "layer4").sizes(), at::IntArrayRef({2, 512, 1, 1}));
}

TEST(AlexNet, HalvesHaveTheAuthorsShapes) {
  for (const std::int64_t channels : {1, 2}) {
    Encoder encoder = make_encoder({.network = Network::alexnet, .head = Head::linear},
                                   {"half", channels, 224, 224});
    const auto parameters = encoder->named_parameters();
    EXPECT_EQ(parameters["conv_block_1.0.weight"].sizes(), at::IntArrayRef({48, channels, 11, 11}));
    EXPECT_EQ(parameters["conv_block_2.0.weight"].sizes(), at::IntArrayRef({128, 48, 5, 5}));
    EXPECT_EQ(parameters["conv_block_3.0.weight"].sizes(), at::IntArrayRef({192, 128, 3, 3}));
    EXPECT_EQ(parameters["conv_block_4.0.weight"].sizes(), at::IntArrayRef({192, 192, 3, 3}));
    EXPECT_EQ(parameters["conv_block_5.0.weight"].sizes(), at::IntArrayRef({128, 192, 3, 3}));
    EXPECT_EQ(parameters["fc6.0.weight"].sizes(), at::IntArrayRef({2048, 128 * 6 * 6}));
    EXPECT_EQ(parameters["fc7.0.weight"].sizes(), at::IntArrayRef({2048, 2048}));
    EXPECT_EQ(parameters["head.0.weight"].sizes(), at::IntArrayRef({128, 2048}));
    EXPECT_EQ(encoder->layer(torch::randn({1, channels, 224, 224}), "conv_block_2").sizes(),
              at::IntArrayRef({1, 128, 13, 13}));
  }
}

}  // namespace
}  // namespace cmc::encoders
