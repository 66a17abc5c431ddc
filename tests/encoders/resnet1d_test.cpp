#include "cmc/encoders/resnet1d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "cmc/encoders/encoder.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::encoders {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const EncoderOptions options{.network = Network::resnet1d, .channels = {4, 6}, .embedding_dim = 5};

data::ViewShape watch(std::int64_t length) {
  return {.name = "watch", .channels = 4, .height = 1, .width = length, .masked = true};
}

/// Random steps, of each series as many as `lengths` say, and what stands in the padding.
at::Tensor batch(const std::vector<std::int64_t>& lengths, std::int64_t width, double padding) {
  at::Tensor x = at::full({static_cast<std::int64_t>(lengths.size()), 4, 1, width}, padding);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    at::manual_seed(i);
    const at::Tensor steps = at::randn({3, 1, 64}).narrow(2, 0, lengths[i]);
    at::Tensor own = x[static_cast<std::int64_t>(i)];
    own.narrow(0, 0, 3).narrow(2, 0, lengths[i]).copy_(steps);
    own[3].zero_();
    own[3].narrow(1, 0, lengths[i]).fill_(1);
  }
  return x;
}

TEST(Resnet1d, ASeriesGivesWhatItGivesAloneWhateverItIsPaddedTo) {
  at::manual_seed(3);
  Encoder wide = make_encoder(options, watch(40)), narrow = make_encoder(options, watch(13));
  const at::NoGradGuard no_grad;
  auto from = wide->named_parameters();
  for (auto& parameter : narrow->named_parameters()) parameter.value().copy_(from[parameter.key()]);
  wide->eval();
  narrow->eval();
  const at::Tensor padded = wide->represent(batch({13}, 40, 0)),
                   alone = narrow->represent(batch({13}, 13, 0));
  EXPECT_TRUE(at::allclose(padded, alone, 1e-4, 1e-5)) << padded << alone;
  EXPECT_FALSE(at::allclose(padded, wide->represent(batch({14}, 40, 0)), 1e-3, 1e-3));
}

TEST(Resnet1d, PaddedValuesInfluenceNothing) {
  // What the views give there is 0; in the input of the network it may be anything.
  for (const bool training : {true, false}) {
    const auto made = [&](double padding) {
      at::manual_seed(4);
      Encoder encoder = make_encoder(options, watch(24));
      encoder->train(training);
      Encoding encoding = encoder->forward(batch({24, 9, 17}, 24, padding));
      encoding.embedding.select(1, 0).sum().backward();
      std::vector<at::Tensor> all = {encoding.representation.detach()};
      for (const at::Tensor& parameter : encoder->parameters()) all.push_back(parameter.grad());
      for (const at::Tensor& buffer : encoder->buffers()) all.push_back(buffer);
      return all;
    };
    const auto zeros = made(0), others = made(7);
    for (std::size_t i = 0; i < zeros.size(); ++i)
      EXPECT_TRUE(at::equal(zeros[i], others[i])) << training << " " << i;
  }
}

TEST(Resnet1d, BatchNormsCountTheStepsThatAreThereAlone) {
  at::manual_seed(5);
  // One series twice, padded and not, has the moments of its steps.
  Encoder padded = make_encoder(options, watch(32)), whole = make_encoder(options, watch(12));
  auto from = padded->named_parameters();
  const at::NoGradGuard no_grad;
  for (auto& parameter : whole->named_parameters()) parameter.value().copy_(from[parameter.key()]);
  padded->train();
  whole->train();
  padded->represent(batch({12, 12}, 32, 0));
  whole->represent(batch({12, 12}, 12, 0));
  const auto moments = padded->named_buffers(), due = whole->named_buffers();
  int compared = 0;
  for (const auto& buffer : moments) {
    if (!buffer.key().starts_with("stage") || buffer.key().find("running") == std::string::npos)
      continue;
    ++compared;
    EXPECT_TRUE(at::allclose(buffer.value(), due[buffer.key()], 1e-4, 1e-6)) << buffer.key();
  }
  EXPECT_EQ(compared, 12);  // of two norms and a shortcut's in each of two stages
}

TEST(Resnet1d, TakesUnmaskedViewsOfOneRow) {
  at::manual_seed(6);
  Encoder masked = make_encoder(options, watch(20));
  Encoder plain = make_encoder(options, {.name = "s", .channels = 3, .height = 1, .width = 20});
  EXPECT_THAT(plain->layers(), ElementsAre("stage1", "stage2", "mean"));
  EXPECT_EQ(plain->representation_dim(), 6);
  const at::NoGradGuard no_grad;
  auto from = masked->named_parameters();
  for (auto& parameter : plain->named_parameters()) parameter.value().copy_(from[parameter.key()]);
  masked->eval();
  plain->eval();
  const at::Tensor x = batch({20, 20}, 20, 0);
  EXPECT_TRUE(at::allclose(masked->represent(x), plain->represent(x.narrow(1, 0, 3)), 1e-5, 1e-6));
}

TEST(Resnet1d, HasTheParametersOfItsBlocks) {
  Encoder encoder =
      make_encoder({.network = Network::resnet1d, .channels = {64, 128, 256}},
                   {.name = "s", .channels = 7, .height = 1, .width = 100, .masked = true});
  std::int64_t count = 0;
  for (const auto& parameter : encoder->named_parameters())
    if (!parameter.key().starts_with("head")) count += parameter.value().numel();
  const auto block = [](std::int64_t from, std::int64_t to) {
    return from * to * 7 + to * to * 5 + from * to + 3 * 2 * to;
  };
  EXPECT_EQ(count, block(6, 64) + block(64, 128) + block(128, 256));
}

TEST(Resnet1d, RefusesViewsOfSeveralRowsAndOptionsOutOfRange) {
  const auto message = [](EncoderOptions own, data::ViewShape shape) {
    own.network = Network::resnet1d;
    return message_of<Error>([&] { make_encoder(own, shape); });
  };
  EXPECT_THAT(message({}, {.name = "photo", .channels = 3, .height = 8, .width = 8}),
              HasSubstr("view 'photo' of 3 × 8 × 8 has several rows"));
  EXPECT_THAT(message({.channels = {4, 0}}, watch(8)), HasSubstr("each positive, were expected"));
  EXPECT_THAT(message({.convolutions = 0}, watch(8)), HasSubstr("must be at least 1"));
}

}  // namespace
}  // namespace cmc::encoders
