#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "cmc/encoders/encoder.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::encoders {
namespace {

using ::testing::HasSubstr;

const data::ViewShape caption{"caption", 2, 1, 4, 0, 300};

/// Rows of numbers, with weights of 1, 2, ….
at::Tensor rows(const std::vector<std::vector<float>>& numbers) {
  at::Tensor x = at::zeros({static_cast<std::int64_t>(numbers.size()), 2, 1, 4});
  for (std::size_t i = 0; i < numbers.size(); ++i)
    for (std::size_t j = 0; j < numbers[i].size(); ++j) {
      x.index_put_({static_cast<std::int64_t>(i), 0, 0, static_cast<std::int64_t>(j)},
                   numbers[i][j]);
      if (numbers[i][j] > 0)
        x.index_put_({static_cast<std::int64_t>(i), 1, 0, static_cast<std::int64_t>(j)},
                     static_cast<float>(j + 1));
    }
  return x;
}

TEST(Ngrams, AddUpTheVectorsByTheirWeights) {
  at::manual_seed(1);
  Encoder encoder = make_encoder({.network = Network::ngrams, .widths = {5}}, caption);
  EXPECT_EQ(encoder->representation_dim(), 5);
  const at::Tensor vectors = encoder->named_parameters()["vectors.weight"];
  ASSERT_EQ(vectors.sizes(), at::IntArrayRef({300, 5}));
  const at::Tensor made = encoder->represent(rows({{7, 299}, {}, {7, 7, 3}}));
  EXPECT_TRUE(at::allclose(made[0], vectors[7] + 2 * vectors[299]));
  EXPECT_TRUE(at::allclose(made[1], at::zeros({5})));
  EXPECT_TRUE(at::allclose(made[2], 3 * vectors[7] + 3 * vectors[3], 1e-4, 1e-6));
  made.sum().backward();
  EXPECT_TRUE(at::allclose(vectors.grad()[7], at::full({5}, 4.0)));
  EXPECT_TRUE(at::allclose(vectors.grad()[0], at::zeros({5})));  // what is absent learns nothing
}

TEST(Ngrams, HaveHiddenLayersBehind) {
  Encoder encoder =
      make_encoder({.network = Network::ngrams, .widths = {5, 6}, .skip = true}, caption);
  EXPECT_EQ(encoder->representation_dim(), 11);
  EXPECT_THAT(encoder->layers(), testing::ElementsAre("values", "fc1"));
}

TEST(Transformer, SeesOrderAndNothingBehindTheText) {
  at::manual_seed(2);
  const EncoderOptions options{
      .network = Network::transformer, .widths = {8}, .blocks = 2, .heads = 2};
  Encoder encoder = make_encoder(options, caption);
  const at::NoGradGuard no_grad;
  const at::Tensor made = encoder->represent(rows({{7, 9, 3}, {9, 7, 3}, {}, {7, 9, 3, 5}}));
  EXPECT_EQ(made.sizes(), at::IntArrayRef({4, 8}));
  EXPECT_FALSE(at::allclose(made[0], made[1], 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(made[2], at::zeros({8})));
  // The padding's own vector and place are never seen.
  encoder->named_parameters()["vectors.weight"][0].fill_(50);
  encoder->named_parameters()["vectors.places"].select(1, 3).fill_(50);
  const at::Tensor again = encoder->represent(rows({{7, 9, 3}, {7, 9, 3, 5}}));
  EXPECT_TRUE(at::allclose(again[0], made[0], 1e-4, 1e-5));
  EXPECT_FALSE(at::allclose(again[1], made[3], 1e-4, 1e-5));
}

TEST(TextEncoders, AreForTextsAlone) {
  const auto message = [](Network network, const data::ViewShape& shape) {
    return message_of<Error>([&] { make_encoder({.network = network, .widths = {8}}, shape); });
  };
  EXPECT_THAT(message(Network::mlp, caption), HasSubstr("must be ngrams or transformer"));
  EXPECT_THAT(message(Network::ngrams, {"photo", 3, 8, 8}), HasSubstr("must be another"));
  EXPECT_THAT(message_of<Error>([&] {
                make_encoder({.network = Network::transformer, .widths = {9}, .heads = 2}, caption);
              }),
              HasSubstr("must be a positive multiple of heads = 2"));
}

TEST(SameAs, GivesViewsOneEncoder) {
  const EncoderOptions own{.network = Network::ngrams, .widths = {5}, .embedding_dim = 3};
  EncoderOptions shared = own;
  shared.same_as = "es";
  const std::vector<data::ViewShape> views = {
      {"es", 2, 1, 4, 0, 300}, {"photo", 1, 1, 4, 1}, {"ca", 2, 1, 4, 2, 300}};
  const std::vector<EncoderOptions> options = {
      own, {.network = Network::mlp, .widths = {5}, .embedding_dim = 3}, shared};
  const std::vector<Encoder> encoders = make_encoders(options, views);
  EXPECT_EQ(encoders[2].ptr(), encoders[0].ptr());
  EXPECT_NE(encoders[1].ptr(), encoders[0].ptr());
  EXPECT_TRUE(is_repeated(encoders, 2));
  EXPECT_FALSE(is_repeated(encoders, 1));
  const auto message = [&](const std::vector<EncoderOptions>& of) {
    return message_of<Error>([&] { make_encoders(of, views); });
  };
  EXPECT_THAT(message({shared, options[1], own}), HasSubstr("no view before it has this name"));
  EncoderOptions photo = own;
  photo.same_as = "photo";
  EXPECT_THAT(message({own, options[1], photo}), HasSubstr("need an encoder each"));
}

}  // namespace
}  // namespace cmc::encoders
