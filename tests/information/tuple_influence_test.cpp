#include "cmc/information/tuple_influence.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cmc/error.h"
#include "cmc/information/sample_influence.h"

namespace cmc::information {
namespace {

/// Embeddings of `views` views of n samples.
std::vector<at::Tensor> tuple_views(std::int64_t views, std::int64_t n) {
  at::manual_seed(6);
  const at::Tensor shared = at::randn({n, 5}, at::kDouble);
  std::vector<at::Tensor> all;
  for (std::int64_t v = 0; v < views; ++v)
    all.push_back(shared.abs() + 0.4 * at::randn({n, 5}, at::kDouble));
  return all;
}

/// The loss the slow way, with weights w_j of the blocks, as anchors and as tuples: one score at a
/// time, in float64.
double weighted_tuple_loss(const std::vector<at::Tensor>& views, double temperature,
                           const std::vector<double>& weights) {
  const auto M = static_cast<std::int64_t>(views.size()), block = M - 1;
  const std::int64_t n = views[0].size(0), D = views[0].size(1);
  const auto unit = [&](std::int64_t view, std::int64_t i, std::int64_t d) {
    double squares = 0;
    for (std::int64_t e = 0; e < D; ++e) squares += std::pow(views[view][i][e].item<double>(), 2);
    return views[view][i][d].item<double>() / std::sqrt(squares);
  };
  double sum = 0, all = 0;
  for (std::int64_t anchor = 0; anchor < M; ++anchor) {
    for (std::int64_t i = 0; i < n; ++i) {
      // first < 0: the anchor's own views; else those of the block that begins there.
      const auto score = [&](std::int64_t first) {
        double s = 0;
        for (std::int64_t d = 0; d < D; ++d) {
          double product = unit(anchor, i, d);
          std::int64_t sample = first;
          for (std::int64_t v = 0; v < M; ++v)
            if (v != anchor) product *= unit(v, first < 0 ? i : sample++, d);
          s += product;
        }
        return s / temperature;
      };
      double negatives = 0, others = 0;
      for (std::int64_t j = 0; j < n / block; ++j) {
        if (j == i / block) continue;
        negatives += weights[j] * std::exp(score(j * block) - score(-1));
        others += weights[j];
      }
      const auto k = static_cast<double>(n / block - 1);
      sum += weights[i / block] * std::log1p(k * negatives / others);
      all += weights[i / block];
    }
  }
  return sum / all;
}

TEST(TupleInfluence, IsTheLossAndItsDerivativeByABlocksWeight) {
  const double temperature = 0.15, step = 1e-4;
  for (const std::int64_t views : {3, 4}) {
    const std::int64_t blocks = 5;
    const std::vector<at::Tensor> all = tuple_views(views, blocks * (views - 1));
    const at::Tensor influence = tuple_influence(all, temperature);
    ASSERT_EQ(influence.size(0), blocks);
    std::vector<double> weights(blocks, 1);
    const double loss = weighted_tuple_loss(all, temperature, weights);
    EXPECT_NEAR(influence.mean().item<double>(), loss, 1e-9);
    for (std::int64_t j = 0; j < blocks; ++j) {
      weights[j] = 1 + step;
      const double more = weighted_tuple_loss(all, temperature, weights);
      weights[j] = 1 - step;
      const double less = weighted_tuple_loss(all, temperature, weights);
      weights[j] = 1;
      const double derivative = static_cast<double>(blocks) * (more - less) / (2 * step);
      EXPECT_NEAR(influence[j].item<double>() - loss, derivative, 1e-5) << views << " " << j;
    }
  }
}

TEST(TupleInfluence, OfTwoViewsIsThatOfSamples) {
  // 1,100 anchors are three blocks of rows.
  std::vector<at::Tensor> views = tuple_views(2, 1100);
  for (at::Tensor& view : views) view = view.to(at::kFloat);
  const SampleInfluence pair = sample_influence(views[0], views[1], 0.2);
  EXPECT_TRUE(
      at::allclose(tuple_influence(views, 0.2), (pair.rows + pair.columns) / 2, 1e-4, 1e-5));
}

TEST(TupleInfluence, RefusesWhatMakesNoTuples) {
  const std::vector<at::Tensor> views = tuple_views(3, 6);
  const auto first = [&](std::int64_t n) {
    std::vector<at::Tensor> part;
    for (const at::Tensor& view : views) part.push_back(view.narrow(0, 0, n));
    return part;
  };
  EXPECT_THROW(tuple_influence(first(5), 0.2), Error);  // a block and a half
  EXPECT_THROW(tuple_influence(first(2), 0.2), Error);  // no other block
  EXPECT_THROW(tuple_influence({views[0]}, 0.2), Error);
  EXPECT_THROW(tuple_influence(views, 0), Error);
  EXPECT_THROW(tuple_influence({views[0], views[1], views[2].slice(1, 1)}, 0.2), Error);
}

}  // namespace
}  // namespace cmc::information
