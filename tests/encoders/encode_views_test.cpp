#include "cmc/encoders/encode_views.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "cmc/encoders/view_generator.h"
#include "cmc/libtorch.h"
#include "cmc/team.h"

namespace cmc::encoders {
namespace {

struct Passed {
  std::vector<at::Tensor> embeddings, gradients, buffers;
};

/// Embeddings of two views, and the gradients of a weighted sum of them and of the
/// representations' squares.
Passed pass(Team* team, std::vector<Encoder> encoders, const std::vector<at::Tensor>& views,
            const at::Tensor& present = {}, bool bfloat16 = false) {
  std::vector<Encoding> made;
  at::set_num_threads(1);
  {
    const Autocast autocast(at::kCPU, bfloat16);
    made = encode_views(team, encoders, views, present);
  }
  at::Tensor sum;
  Passed result;
  for (const Encoding& view : made) {
    const at::Tensor weights = at::linspace(-1, 1, view.embedding.numel()).view_as(view.embedding);
    const at::Tensor own = (weights * view.embedding).sum() + view.representation.square().mean();
    sum = sum.defined() ? sum + own : own;
    result.embeddings.push_back(view.embedding.detach());
  }
  sum.backward();
  for (Encoder& encoder : encoders) {
    for (at::Tensor& parameter : encoder->parameters()) {
      result.gradients.push_back(parameter.grad().defined() ? parameter.grad().clone()
                                                            : at::zeros_like(parameter));
      parameter.mutable_grad() = at::Tensor();
    }
    for (const at::Tensor& buffer : encoder->buffers()) result.buffers.push_back(buffer.clone());
  }
  return result;
}

double difference(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double scale = std::max(1e-2, b[i].abs().max().item<double>());
    most = std::max(most, (a[i] - b[i]).to(at::kDouble).abs().max().item<double>() / scale);
  }
  return most;
}

const std::vector<data::ViewShape> shapes = {{"left", 1, 12, 10}, {"right", 2, 9, 9}};

std::vector<Encoder> made(const EncoderOptions& options) {
  at::manual_seed(1);
  return make_encoders(options, shapes);
}

std::vector<at::Tensor> batch(std::int64_t rows) {
  at::manual_seed(2);
  return {at::randn({rows, 1, 12, 10}).contiguous(at::MemoryFormat::ChannelsLast),
          at::randn({rows, 2, 9, 9}).contiguous(at::MemoryFormat::ChannelsLast)};
}

TEST(EncodeViews, GivesWithATeamWhatOneThreadGives) {
  Team team(3);
  for (const Network network : {Network::convnet, Network::resnet18, Network::mlp}) {
    const EncoderOptions options{.network = network,
                                 .channels = {8, 16},
                                 .small_stem = true,
                                 .widths = {32},
                                 .embedding_dim = 6};
    const Passed one = pass(nullptr, made(options), batch(50));
    const Passed shared = pass(&team, made(options), batch(50));
    // Where a ReLU's argument is nearly 0, rounding decides: both err against float64.
    std::vector<Encoder> doubles = made(options);
    std::vector<at::Tensor> views = batch(50);
    for (std::size_t v = 0; v < views.size(); ++v) {
      doubles[v]->to(at::kDouble);
      views[v] = views[v].to(at::kDouble);
    }
    const Passed exact = pass(nullptr, doubles, views);
    EXPECT_LT(difference(shared.embeddings, exact.embeddings), 1e-4);
    EXPECT_LT(difference(shared.gradients, exact.gradients),
              2 * difference(one.gradients, exact.gradients) + 1e-3)
        << difference(one.gradients, exact.gradients);
    EXPECT_LT(difference(shared.buffers, exact.buffers), 1e-4);
    const Passed again = pass(&team, made(options), batch(50));
    for (std::size_t i = 0; i < again.gradients.size(); ++i)
      EXPECT_TRUE(at::equal(again.gradients[i], shared.gradients[i])) << "the same bits each time";
  }
}

TEST(EncodeViews, SharesOutTheRowsThatAreThere) {
  Team team(2);
  const EncoderOptions options{.channels = {8}, .embedding_dim = 4};
  at::Tensor present = at::ones({60, 2}, at::kBool);
  for (std::int64_t i = 0; i < 60; i += 3) present[i][i % 2] = false;
  const Passed one = pass(nullptr, made(options), batch(60), present);
  const Passed shared = pass(&team, made(options), batch(60), present);
  EXPECT_LT(difference(shared.embeddings, one.embeddings), 1e-4);
  EXPECT_LT(difference(shared.gradients, one.gradients), 1e-3);
  EXPECT_EQ(shared.embeddings[0][0].abs().max().item<float>(), 0) << "a row that lacks its view";
}

TEST(EncodeViews, ComputesInBfloat16UnderAutocast) {
  Team team(2);
  const EncoderOptions options{.channels = {8, 16}, .embedding_dim = 4};
  const Passed one = pass(nullptr, made(options), batch(64), {}, true);
  const Passed shared = pass(&team, made(options), batch(64), {}, true);
  const Passed exact = pass(nullptr, made(options), batch(64));
  EXPECT_GT(difference(one.embeddings, exact.embeddings), 1e-4);
  EXPECT_LT(difference(shared.embeddings, one.embeddings), 2e-2);
  EXPECT_LT(difference(shared.gradients, exact.gradients),
            2 * difference(one.gradients, exact.gradients));
}

TEST(EncodeViews, AddsTheGradientsOfAnEncoderThatViewsShare) {
  Team team(2);
  EncoderOptions options{.channels = {8}, .embedding_dim = 4, .shared = true};
  const std::vector<data::ViewShape> alike = {{"a", 1, 12, 10}, {"b", 1, 12, 10}};
  const auto encoders = [&] {
    at::manual_seed(1);
    return make_encoders(options, alike);
  };
  at::manual_seed(2);
  const std::vector<at::Tensor> views = {at::randn({40, 1, 12, 10}), at::randn({40, 1, 12, 10})};
  const Passed one = pass(nullptr, encoders(), views), shared = pass(&team, encoders(), views);
  EXPECT_LT(difference(shared.gradients, one.gradients), 1e-3);
  EXPECT_LT(difference(shared.buffers, one.buffers), 1e-4);
}

TEST(EncodeViews, AddsTheGradientsOfAGeneratorThatViewsShare) {
  Team team(2);
  EncoderOptions first{.channels = {8}, .embedding_dim = 4}, second;
  first.generated = GeneratedChannels{.first = 0, .count = 1};
  second = first;
  second.generated = GeneratedChannels{.first = 1, .count = 2};
  const std::vector<data::ViewShape> alike = {{"a", 3, 12, 10}, {"b", 3, 12, 10}};
  const auto encoders = [&] {
    at::manual_seed(1);
    std::vector<Encoder> all = make_encoders({{first, second}}, alike);
    const at::NoGradGuard no_grad;
    for (at::Tensor& parameter : all[0]->generator()->parameters()) parameter.normal_();
    return all;
  };
  at::manual_seed(2);
  const std::vector<at::Tensor> views = {at::randn({40, 3, 12, 10}), at::randn({40, 3, 12, 10})};
  const Passed one = pass(nullptr, encoders(), views), shared = pass(&team, encoders(), views);
  EXPECT_LT(difference(shared.gradients, one.gradients), 1e-3);
}

TEST(EncodeViews, TrainsTheHeadOfAFrozenNetwork) {
  Team team(2);
  const EncoderOptions options{.channels = {8}, .embedding_dim = 4, .freeze = true};
  const Passed one = pass(nullptr, made(options), batch(40)),
               shared = pass(&team, made(options), batch(40));
  EXPECT_LT(difference(shared.gradients, one.gradients), 1e-3);
}

TEST(EncodeViews, LeavesFewRowsToOneThread) {
  Team team(4);
  const EncoderOptions options{.channels = {8}, .embedding_dim = 4};
  const Passed one = pass(nullptr, made(options), batch(9)),
               shared = pass(&team, made(options), batch(9));
  for (std::size_t i = 0; i < one.gradients.size(); ++i)
    EXPECT_TRUE(at::equal(one.gradients[i], shared.gradients[i]));
}

}  // namespace
}  // namespace cmc::encoders
