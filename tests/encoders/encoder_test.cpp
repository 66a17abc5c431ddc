#include "cmc/encoders/encoder.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc::encoders {
namespace {

using data::ViewShape;

const ViewShape half{"left", 1, 28, 14};

std::string message(const EncoderOptions& options, const ViewShape& shape = half) {
  try {
    make_encoder(options, shape);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Encoder, GivesRepresentationAndEmbeddingOfTheOptionsWidths) {
  Encoder encoder = make_encoder({.channels = {8, 16}, .pooled_grid = 2, .embedding_dim = 5}, half);
  const Encoding encoding = encoder->forward(torch::randn({3, 1, 28, 14}));
  EXPECT_EQ(encoding.representation.sizes(), at::IntArrayRef({3, 16 * 2 * 2}));
  EXPECT_EQ(encoding.embedding.sizes(), at::IntArrayRef({3, 5}));
  EXPECT_EQ(encoder->representation_dim(), 64);
  EXPECT_EQ(encoder->embedding_dim(), 5);
}

TEST(Encoder, PooledGridIsNeverFinerThanTheMap) {
  // 28 × 14 → 14 × 7 → 7 × 3 → 3 × 1
  Encoder encoder = make_encoder({.channels = {4, 4, 4, 4}, .pooled_grid = 2}, half);
  EXPECT_EQ(encoder->representation_dim(), 4 * 2 * 1);
  EXPECT_EQ(encoder->represent(torch::randn({2, 1, 28, 14})).size(1), 8);
}

TEST(Encoder, TakesLargerPicturesWhereItPoolsThem) {
  const EncoderOptions pooling{.channels = {4, 8}, .pooled_grid = 2};
  Encoder encoder = make_encoder(pooling, half);
  encoder->eval();
  EXPECT_TRUE(encoder->takes(30, 14));
  EXPECT_FALSE(encoder->takes(30, 13));
  const at::Tensor x = torch::randn({2, 1, 40, 20});
  const at::Tensor map = encoder->layer(x, "stage2");
  EXPECT_EQ(map.sizes(), at::IntArrayRef({2, 8, 20, 10}));
  EXPECT_TRUE(at::allclose(encoder->represent(x), at::adaptive_avg_pool2d(map, {2, 2}).flatten(1),
                           1e-5, 1e-6));
  EXPECT_THROW(encoder->represent(torch::randn({2, 1, 27, 14})), Error);
  EXPECT_TRUE(
      make_encoder({.network = Network::resnet18, .small_stem = true}, half)->takes(56, 28));
  EXPECT_FALSE(make_encoder({.network = Network::mlp, .widths = {8}}, half)->takes(56, 28));
}

TEST(Encoder, StridesShrinkAsPoolingDoes) {
  const EncoderOptions options{
      .channels = {4, 6}, .convolutions = 1, .strides = {2, 2}, .downsample = Downsampling::stride};
  Encoder encoder = make_encoder(options, half);
  const at::Tensor x = torch::randn({2, 1, 28, 14});
  EXPECT_EQ(encoder->layer(x, "stage1").sizes(), at::IntArrayRef({2, 4, 14, 7}));
  EXPECT_EQ(encoder->layer(x, "stage2").sizes(), at::IntArrayRef({2, 6, 7, 4}));
}

TEST(Encoder, LastLayerIsTheRepresentation) {
  for (const Network network : {Network::convnet, Network::resnet18}) {
    Encoder encoder = make_encoder(
        {.network = network, .channels = {4, 8}, .representation_dim = 12, .small_stem = true},
        half);
    encoder->eval();
    const at::Tensor x = torch::randn({2, 1, 28, 14});
    EXPECT_TRUE(at::equal(encoder->layer(x, encoder->layers().back()), encoder->represent(x)));
    EXPECT_TRUE(at::equal(encoder->forward(x).representation, encoder->represent(x)));
  }
}

TEST(Encoder, WeightsAreChannelsLastAndTheHeadLearns) {
  Encoder encoder = make_encoder({.channels = {8, 16}}, half);
  encoder->forward(torch::randn({4, 1, 28, 14})).embedding.square().sum().backward();
  for (const auto& item : encoder->named_parameters()) {
    if (item.value().dim() == 4) {
      EXPECT_TRUE(item.value().is_contiguous(at::MemoryFormat::ChannelsLast)) << item.key();
    }
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
  }
}

TEST(Encoder, ResultsAreFloatUnderAutocast) {
  Encoder encoder = make_encoder({.channels = {8, 16}}, half);
  encoder->eval();
  const at::Tensor x = torch::randn({4, 1, 28, 14});
  const Encoding exact = encoder->forward(x);
  const Autocast autocast(at::kCPU);
  const Encoding rounded = encoder->forward(x);
  EXPECT_EQ(rounded.representation.scalar_type(), at::kFloat);
  EXPECT_EQ(rounded.embedding.scalar_type(), at::kFloat);
  EXPECT_FALSE(at::equal(exact.embedding, rounded.embedding));
  EXPECT_TRUE(at::allclose(exact.embedding, rounded.embedding, 0.05, 0.05));
}

TEST(Encoder, SharedIsOneEncoderAndOwnWeightsAreNot) {
  const std::vector<ViewShape> views{{"left", 1, 28, 14}, {"right", 1, 28, 14}};
  const auto shared = make_encoders({.channels = {4}, .shared = true}, views);
  const auto own = make_encoders({.channels = {4}}, views);
  EXPECT_EQ(shared[0].get(), shared[1].get());
  EXPECT_FALSE(at::equal(own[0]->parameters()[0], own[1]->parameters()[0]));
  const std::vector<ViewShape> unlike{{"L", 1, 28, 28}, {"ab", 2, 28, 28}};
  EXPECT_THROW(make_encoders({.channels = {4}, .shared = true}, unlike), Error);
}

TEST(Encoder, RefusesWrongOptionsByName) {
  EXPECT_EQ(message({.channels = {8, 0}}), "encoder.channels = [8, 0]: each must be positive");
  EXPECT_EQ(message({.embedding_dim = 0}), "encoder.embedding_dim = 0: it must be at least 1");
  EXPECT_NE(message({.channels = {4, 4, 4, 4, 4}}).find("too many for view 'left'"),
            std::string::npos);
  EXPECT_NE(message({.network = Network::alexnet}).find("at least 63 × 63"), std::string::npos);
  Encoder encoder = make_encoder({.channels = {4}}, half);
  EXPECT_THROW(encoder->forward(torch::randn({2, 1, 28, 13})), Error);
  EXPECT_THROW(encoder->layer(torch::randn({2, 1, 28, 14}), "stage9"), Error);
}

}  // namespace
}  // namespace cmc::encoders
