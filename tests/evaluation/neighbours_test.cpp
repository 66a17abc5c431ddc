#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cmc/error.h"
#include "cmc/evaluation/confusion.h"
#include "cmc/evaluation/knn.h"
#include "cmc/evaluation/retrieval.h"

namespace cmc::evaluation {
namespace {

double cosine(const at::Tensor& a, const at::Tensor& b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double x = a[i].item<double>(), y = b[i].item<double>();
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / std::sqrt(aa * bb);
}

TEST(Knn, VotesAsASlowLoopDoes) {
  at::manual_seed(1);
  const std::int64_t n = 40, m = 15, classes = 4, k = 7;
  const double temperature = 0.07;
  const at::Tensor train = at::randn({n, 5}), queries = at::randn({m, 5});
  const at::Tensor labels = at::randint(classes, {n}, at::kLong);
  const at::Tensor guess =
      knn_predict(train, labels, queries, classes, {.k = k, .temperature = temperature});
  for (std::int64_t q = 0; q < m; ++q) {
    std::vector<std::pair<double, std::int64_t>> order;
    for (std::int64_t i = 0; i < n; ++i) {
      order.emplace_back(-cosine(queries[q], train[i]), labels[i].item<std::int64_t>());
    }
    std::ranges::sort(order);
    std::vector<double> votes(classes, 0.0);
    for (std::int64_t i = 0; i < k; ++i) {
      votes[order[i].second] += std::exp(-order[i].first / temperature);
    }
    EXPECT_EQ(guess[q].item<std::int64_t>(), std::ranges::max_element(votes) - votes.begin());
  }
}

TEST(Knn, ManyVotesOutweighOneNearer) {
  // Two of class 1 at cosine 0.9 against one of class 0 at 1: 2 e^{0.9/τ} > e^{1/τ} if and only if
  // τ > 0.144.
  const float side = std::sqrt(1 - 0.81f);
  const at::Tensor train = at::tensor({1.f, 0.f, 0.9f, side, 0.9f, -side}).view({3, 2});
  const at::Tensor labels = at::tensor({0, 1, 1}, at::kLong),
                   query = at::tensor({2.f, 0.f}).view({1, 2});
  EXPECT_EQ(knn_predict(train, labels, query, 2, {.k = 200, .temperature = 0.13}).item<int64_t>(),
            0);
  EXPECT_EQ(knn_predict(train, labels, query, 2, {.k = 200, .temperature = 0.16}).item<int64_t>(),
            1);
  EXPECT_EQ(knn_predict(train, labels, query, 2, {.k = 200, .temperature = 1e-4}).item<int64_t>(),
            0);
  EXPECT_THROW(knn_predict(train, labels, query, 2, {.temperature = 0}), Error);
}

TEST(Retrieval, FindsWhatASlowLoopFinds) {
  at::manual_seed(2);
  const at::Tensor queries = at::randn({300, 6}), gallery = at::randn({70, 6});
  const Neighbours found = nearest_neighbours(queries, gallery, 3);
  for (const std::int64_t q : {0, 17, 255, 256, 299}) {  // on both sides of a block's edge
    std::vector<std::pair<double, std::int64_t>> order;
    for (std::int64_t i = 0; i < 70; ++i) order.emplace_back(-cosine(queries[q], gallery[i]), i);
    std::ranges::sort(order);
    for (int j = 0; j < 3; ++j) {
      EXPECT_EQ(found.indices[q][j].item<std::int64_t>(), order[j].second);
      EXPECT_NEAR(found.similarity[q][j].item<double>(), -order[j].first, 1e-6);
    }
  }
}

TEST(Retrieval, RanksCountThoseThatAreAsNearAsTheSampleItself) {
  const at::Tensor x = at::eye(8);
  EXPECT_EQ(cross_view_retrieval(x, 3 * x).recall_at_1, 1.0);
  EXPECT_EQ(cross_view_retrieval(x, 3 * x).median_rank, 1.0);
  const at::Tensor swapped = x.index_select(0, at::tensor({1, 0, 2, 3, 4, 5, 6, 7}, at::kLong));
  EXPECT_EQ(cross_view_retrieval(x, swapped).recall_at_1, 0.75);
  EXPECT_THROW(cross_view_retrieval(x, x.slice(0, 1)), Error);
}

TEST(Retrieval, ConstantEmbeddingsFindNothing) {
  const CrossViewRetrieval found = cross_view_retrieval(at::ones({40, 3}), at::ones({40, 3}));
  EXPECT_EQ(found.recall_at_10, 0.0);
  EXPECT_EQ(found.median_rank, 40.0);
  at::Tensor x = at::eye(8);
  x[2].fill_(std::nan(""));
  EXPECT_EQ(cross_view_retrieval(x, at::eye(8)).recall_at_1, 7.0 / 8);
}

TEST(Retrieval, AgreesWithASlowLoopAcrossBlocks) {
  at::manual_seed(3);
  const std::int64_t n = 300;
  const at::Tensor x = at::randn({n, 6}), y = x + 1.5 * at::randn({n, 6});
  const CrossViewRetrieval found = cross_view_retrieval(x, y);
  const at::Tensor q = x / x.norm(2, 1, true), g = y / y.norm(2, 1, true);
  const at::Tensor similarity = at::mm(q, g.t()).contiguous();
  const float* const s = similarity.data_ptr<float>();
  std::vector<std::int64_t> ranks;
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t rank = 1;
    for (std::int64_t j = 0; j < n; ++j) rank += s[i * n + j] > s[i * n + i];
    ranks.push_back(rank);
  }
  std::ranges::sort(ranks);
  const auto within = [&](std::int64_t k) {
    return static_cast<double>(std::ranges::upper_bound(ranks, k) - ranks.begin()) / n;
  };
  EXPECT_NEAR(found.recall_at_1, within(1), 1e-9);
  EXPECT_NEAR(found.recall_at_5, within(5), 1e-9);
  EXPECT_NEAR(found.recall_at_10, within(10), 1e-9);
  EXPECT_GT(found.recall_at_10, found.recall_at_1);
  EXPECT_EQ(found.median_rank, static_cast<double>(ranks[149] + ranks[150]) / 2);
  EXPECT_EQ(found.candidates, n);
}

TEST(Confusion, RowsAreTrueClasses) {
  const auto counts = confusion_matrix(at::tensor({0, 0, 1, 2, 2, 2}, at::kLong),
                                       at::tensor({0, 1, 1, 2, 0, 0}, at::kLong), 3);
  EXPECT_EQ(counts, (std::vector<std::vector<std::int64_t>>{{1, 1, 0}, {0, 1, 0}, {2, 0, 1}}));
  EXPECT_THROW(confusion_matrix(at::tensor({0}, at::kLong), at::tensor({3}, at::kLong), 3), Error);
}

}  // namespace
}  // namespace cmc::evaluation
