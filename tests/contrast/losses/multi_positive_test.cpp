#include "cmc/contrast/losses/multi_positive.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cmc/contrast/gradient_cache.h"
#include "cmc/contrast/negatives/memory_bank.h"
#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"

namespace cmc::contrast {
namespace {

using kernels::PositiveMean;

constexpr double tried_tau = 0.3;

/// Twelve samples: labels, of which some have none, and hospitals, of which few are known.
at::Tensor labels() {
  return torch::tensor({0, 1, 2, 0, 1, 2, 0, -1, -1, 1, 0, 2}, at::kLong);
}
at::Tensor labels_or_hospitals() {
  return at::stack(
      {labels(), torch::tensor({-1, 7, -1, -1, -1, 7, -1, 8, 8, -1, -1, -1}, at::kLong)}, 1);
}

bool positive_of(const at::Tensor& groups, std::int64_t i, std::int64_t j) {
  const at::Tensor columns = groups.dim() == 1 ? groups.unsqueeze(1) : groups;
  for (std::int64_t c = 0; c < columns.size(1); ++c) {
    const auto own = columns[i][c].item<std::int64_t>();
    if (own >= 0 && own == columns[j][c].item<std::int64_t>()) return true;
  }
  return false;
}

/// An anchor by its sample, its own positive's score, and whom it meets: sample and score.
struct Supervised {
  std::int64_t sample = 0;
  double own = 0;
  std::vector<std::pair<std::int64_t, double>> met;
};

/// Khosla et al., eq. 2 and 3, term by term; 0 without a negative.
double slow_supervised(const Supervised& anchor, const at::Tensor& groups, PositiveMean mean) {
  const auto e = [](double s) { return std::exp(s / tried_tau); };
  std::vector<double> positives = {e(anchor.own)};
  double all = e(anchor.own);
  for (const auto& [sample, s] : anchor.met) {
    all += e(s);
    if (positive_of(groups, anchor.sample, sample)) positives.push_back(e(s));
  }
  if (positives.size() == anchor.met.size() + 1) return 0;
  double outside = 0, inside = 0;
  for (const double p : positives) {
    outside -= std::log(p / all);
    inside += p / all;
  }
  const auto n = static_cast<double>(positives.size());
  return mean == PositiveMean::outside ? outside / n : -std::log(inside / n);
}

void expect_supervised(const ContrastResult& result, std::size_t place,
                       const std::vector<Supervised>& anchors, const at::Tensor& groups,
                       PositiveMean mean) {
  const DirectionResult& direction = result.directions[place];
  ASSERT_EQ(direction.per_anchor.size(0), static_cast<std::int64_t>(anchors.size()));
  double k = 0, k_pair = 0, first = 0, own = 0, negative = 0, pairs = 0;
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    const double expected = slow_supervised(anchors[i], groups, mean);
    EXPECT_NEAR(direction.per_anchor[static_cast<std::int64_t>(i)].item<double>(), expected,
                1e-5 * (1 + expected))
        << "anchor " << i;
    double sum = 0, hardest = -4;
    for (const auto& [sample, s] : anchors[i].met) {
      if (positive_of(groups, anchors[i].sample, sample)) continue;
      sum += std::exp((s - anchors[i].own) / tried_tau);
      hardest = std::max(hardest, s);
      negative += s;
      ++pairs;
    }
    k_pair += std::log1p(sum);
    first += anchors[i].own > hardest ? 1 : 0;
    own += anchors[i].own;
  }
  const auto n = static_cast<double>(anchors.size());
  k = pairs / n;
  const DirectionFigures figures = result.figures().directions[place];
  EXPECT_NEAR(figures.k, k, 1e-12);
  EXPECT_NEAR(figures.k_pair_loss, k_pair / n, 1e-5);
  EXPECT_NEAR(figures.positive_first, first / n, 1e-12);
  EXPECT_NEAR(figures.positive_similarity, own / n, 1e-6);
  EXPECT_NEAR(figures.negative_similarity, negative / pairs, 1e-6);
}

/// Samples 1 and 3 of a batch of six lack a view each; the others have both.
at::Tensor holes() {
  at::Tensor present = at::ones({6, 2}, at::kBool);
  present[1][1] = false;
  present[3][0] = false;
  return present;
}

TEST(MultiPositiveLoss, OfABatchFollowsItsFormula) {
  at::manual_seed(1);
  const std::vector<at::Tensor> z = {at::randn({6, 8}), at::randn({6, 8})};
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4, 6}, at::kLong);
  // Samples 6 and 10 are duplicates, and share a label: they do not meet.
  at::Tensor duplicates = at::arange(12, at::kLong);
  duplicates[10] = 6;
  for (const PositiveMean mean : {PositiveMean::outside, PositiveMean::inside})
    for (const at::Tensor& groups : {labels(), labels_or_hospitals()})
      for (const bool masked : {false, true})
        for (const bool marked : {false, true}) {
          SCOPED_TRACE(fmt::format("mean {}, {} columns, masked {}, duplicates {}",
                                   static_cast<int>(mean), groups.dim(), masked, marked));
          Objective objective({.loss = MultiPositiveOptions{.temperature = tried_tau, .mean = mean},
                               .groups = marked ? duplicates : at::Tensor(),
                               .positives = groups});
          const ContrastResult result =
              objective->forward(z, indices, {.present = masked ? holes() : at::Tensor()});
          const std::vector<std::int64_t> rows = masked
                                                     ? std::vector<std::int64_t>{0, 2, 4, 5}
                                                     : std::vector<std::int64_t>{0, 1, 2, 3, 4, 5};
          for (const std::size_t from : {0, 1}) {
            std::vector<Supervised> anchors;
            for (const std::int64_t i : rows) {
              const at::Tensor a = unit(z[from][i]);
              Supervised& anchor = anchors.emplace_back();
              anchor.sample = indices[i].item<std::int64_t>();
              anchor.own = a.dot(unit(z[1 - from][i])).item<double>();
              for (const std::int64_t j : rows) {
                const auto sample = indices[j].item<std::int64_t>();
                const bool twins = marked && std::min(anchor.sample, sample) == 6 &&
                                   std::max(anchor.sample, sample) == 10;
                if (i != j && !twins)
                  anchor.met.emplace_back(sample, a.dot(unit(z[1 - from][j])).item<double>());
              }
            }
            expect_supervised(result, from, anchors, groups, mean);
          }
        }
}

TEST(MultiPositiveLoss, OfABankFollowsItsFormula) {
  at::manual_seed(2);
  using Bank = MemoryBankOptions;
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  const at::Tensor groups = labels_or_hospitals();
  for (const PositiveMean mean : {PositiveMean::outside, PositiveMean::inside})
    for (const int draw : {0, 1, 2}) {
      SCOPED_TRACE(fmt::format("mean {}, draw {}", static_cast<int>(mean), draw));
      Objective objective(
          {.loss = MultiPositiveOptions{.temperature = tried_tau, .mean = mean},
           .negatives = Bank{.samples = 12,
                             .dim = 8,
                             .k = draw == 0 ? Bank::all : 9,
                             .draw = draw == 1 ? Bank::Draw::shared : Bank::Draw::per_anchor,
                             .positive = Bank::Positive::bank},
           .positives = groups});
      objective->update(indices, z);
      const ContrastResult result = objective->forward(z, indices);
      const at::Tensor bank = objective->named_buffers()["bank.vectors"][1].to(at::kDouble);
      const at::Tensor shared = draw_shared({}, 12, 9, 0, 1, {0, 1}),
                       each = draw_per_anchor(indices, {}, {}, 12, 9, 0, 1, {0, 1}).picks;
      std::vector<Supervised> anchors;
      for (std::int64_t i = 0; i < 5; ++i) {
        const at::Tensor a = unit(z[0][i]);
        const at::Tensor picks = draw == 0 ? range(12) : draw == 1 ? shared : each[i];
        Supervised& anchor = anchors.emplace_back();
        anchor.sample = indices[i].item<std::int64_t>();
        anchor.own = a.dot(bank[anchor.sample]).item<double>();
        for (std::int64_t j = 0; j < picks.size(0); ++j) {
          const auto sample = picks[j].item<std::int64_t>();
          if (sample != anchor.sample)
            anchor.met.emplace_back(sample, a.dot(bank[sample]).item<double>());
        }
      }
      expect_supervised(result, 0, anchors, groups, mean);
    }
}

TEST(MultiPositiveLoss, OfAQueueFollowsItsFormula) {
  at::manual_seed(3);
  const auto views = [] { return std::vector<at::Tensor>{at::randn({5, 8}), at::randn({5, 8})}; };
  const std::vector<at::Tensor> z = views(), before = views(), now = views();
  const at::Tensor older = torch::tensor({1, 2, 5, 0, 11}, at::kLong);
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  Objective objective({.loss = MultiPositiveOptions{.temperature = tried_tau},
                       .negatives = QueueOptions{.length = 10, .dim = 8, .recent = 1},
                       .positives = labels()});
  objective->update(older, z, {.present = {}, .keys = before});
  const ContrastResult result = objective->forward(z, indices, {.present = {}, .keys = now});
  std::vector<Supervised> anchors;
  for (std::int64_t i = 0; i < 5; ++i) {
    const at::Tensor a = unit(z[0][i]);
    Supervised& anchor = anchors.emplace_back();
    anchor.sample = indices[i].item<std::int64_t>();
    anchor.own = a.dot(unit(now[1][i])).item<double>();
    const auto meet = [&](const at::Tensor& sample, const at::Tensor& key) {
      anchor.met.emplace_back(sample.item<std::int64_t>(), a.dot(unit(key)).item<double>());
    };
    for (std::int64_t j = 0; j < 5; ++j)
      if (i != j) meet(indices[j], now[1][j]);
    // Sample 0 is of the batch, and met as it is now alone.
    for (const std::int64_t j : {0, 1, 2, 4}) meet(older[j], before[1][j]);
  }
  expect_supervised(result, 0, anchors, labels(), PositiveMean::outside);
}

TEST(MultiPositiveLoss, OfAGradientCacheIsThatOfOnePass) {
  at::manual_seed(4);
  const at::Tensor x = at::randn({12, 10}), y = at::randn({12, 10});
  torch::nn::Linear f(10, 8), g(10, 8);
  Objective objective({.loss = MultiPositiveOptions{.temperature = LearnedTemperature{0.2}},
                       .positives = labels()});
  std::vector<at::Tensor> parameters = objective->parameters();
  for (const at::Tensor& p : f->parameters()) parameters.push_back(p);
  for (const at::Tensor& p : g->parameters()) parameters.push_back(p);
  const auto take_gradients = [&] {
    std::vector<at::Tensor> taken;
    for (at::Tensor& p : parameters) {
      taken.push_back(p.grad().clone());
      p.mutable_grad().zero_();
    }
    return taken;
  };
  const ContrastResult whole = objective->forward({f(x), g(y)}, range(12));
  whole.loss.backward();
  const std::vector<at::Tensor> expected = take_gradients();
  const auto encode = [&](std::int64_t pass) {
    return std::vector<at::Tensor>{f(x.narrow(0, 4 * pass, 4)), g(y.narrow(0, 4 * pass, 4))};
  };
  const CachedContrast cached = contrast_with_gradient_cache(objective, 3, encode, range(12));
  EXPECT_NEAR(cached.contrast.loss.item<double>(), whole.loss.item<double>(), 1e-5);
  const std::vector<at::Tensor> ours = take_gradients();
  for (std::size_t p = 0; p < ours.size(); ++p)
    EXPECT_TRUE(at::allclose(ours[p], expected[p], 1e-4, 1e-6)) << p;
}

TEST(MultiPositiveLoss, ALearnedTemperatureHasTheReferencesGradient) {
  at::manual_seed(5);
  const std::vector<at::Tensor> z = {at::randn({12, 8}), at::randn({12, 8})};
  Objective objective({.loss = MultiPositiveOptions{.temperature = LearnedTemperature{0.2}},
                       .positives = labels()});
  objective->forward(z, range(12)).loss.backward();
  at::Tensor log_inverse = at::full({}, -std::log(0.2), at::kDouble).requires_grad_();
  const auto both = kernels::multi_positive_contrast_reference(
      z[0].to(at::kDouble), z[1].to(at::kDouble), labels(), at::exp(-log_inverse));
  (both.rows.loss.mean() + both.columns.loss.mean()).backward();
  EXPECT_NEAR(objective->parameters()[0].grad().item<double>(), log_inverse.grad().item<double>(),
              1e-5);
}

TEST(MultiPositiveLoss, RefusesWhatLeavesNoPositivesOrNoNegatives) {
  const auto thrown = [](const ObjectiveOptions& options) {
    return message([&] { Objective{options}; });
  };
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{}}),
            "the loss has several positives an anchor: ObjectiveOptions::positives must tell them");
  EXPECT_EQ(thrown({.loss = LogisticOptions{}, .positives = labels()}),
            "there are positive groups, but the loss has one positive an anchor");
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{}, .positives = at::full({12}, 3, at::kLong)}),
            "all samples are of one positive group: none would have a negative");
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{},
                    .positives = at::stack({at::zeros({12}, at::kLong), labels()}, 1)}),
            "all samples are of one positive group: none would have a negative");
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{}, .positives = labels().to(at::kInt)}),
            "the positive groups are Int [12]; they must be int64 [12], or [12, columns]");
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{},
                    .negatives = MemoryBankOptions{.samples = 13, .k = 5},
                    .positives = labels()}),
            "there are positive groups of 12 samples for the 13 samples of the bank");
  EXPECT_EQ(thrown({.loss = MultiPositiveOptions{}, .positives = at::full({12}, -1, at::kLong)}),
            "nothing was thrown");
}

TEST(MultiPositiveLoss, ABatchOfOneGroupHasNoNegative) {
  at::manual_seed(6);
  Objective objective({.loss = MultiPositiveOptions{}, .positives = labels()});
  const std::vector<at::Tensor> z = {at::randn({3, 4}), at::randn({3, 4})};
  const at::Tensor alike = torch::tensor({0, 3, 6}, at::kLong),
                   apart = torch::tensor({0, 3, 7}, at::kLong);
  EXPECT_NE(message([&] {
              objective->forward(z, alike);
            }).find("neither duplicates nor positives of each other"),
            std::string::npos);
  EXPECT_EQ(message([&] { objective->forward(z, apart); }), "nothing was thrown");
  EXPECT_NE(message([&] {
              objective->forward(z, torch::tensor({0, 3, 12}, at::kLong));
            }).find("index 12 is out of range: there are 12 samples"),
            std::string::npos);

  const ViewGraph graph = ViewGraph::full(2);
  const auto has = [&](const at::Tensor& indices, const at::Tensor& present,
                       const at::Tensor& duplicates) {
    return has_a_pair(graph, present, duplicates, objective->positives_of(indices));
  };
  EXPECT_FALSE(has(alike, {}, alike));
  EXPECT_TRUE(has(apart, {}, apart));
  at::Tensor present = at::ones({3, 2}, at::kBool);
  present[2][0] = false;
  EXPECT_FALSE(has(apart, present, apart));
  // The only pair that shares no label is one of duplicates.
  EXPECT_FALSE(has(torch::tensor({0, 7}, at::kLong), {}, torch::tensor({5, 5}, at::kLong)));
}

}  // namespace
}  // namespace cmc::contrast
