#include "cmc/contrast/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "cmc/contrast/negatives/memory_bank.h"
#include "cmc/error.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/finite_difference.h"

namespace cmc::contrast {
namespace {

/// −log softmax of the positive, in float64, one anchor and one candidate at a time.
double slow_k_pair(const at::Tensor& anchors, const at::Tensor& candidates, double temperature) {
  const auto unit = [](const at::Tensor& z) {
    const at::Tensor d = z.detach().to(at::kDouble);
    return d / d.norm(2, 1, true);
  };
  const at::Tensor scores = unit(anchors).matmul(unit(candidates).t()) / temperature;
  double sum = 0;
  for (std::int64_t i = 0; i < scores.size(0); ++i) {
    double total = 0;
    for (std::int64_t j = 0; j < scores.size(1); ++j)
      total += std::exp(scores[i][j].item<double>() - scores[i][i].item<double>());
    sum += std::log(total);
  }
  return sum / scores.size(0);
}

TEST(Objective, SumsBothDirectionsOfEveryPair) {
  at::manual_seed(1);
  std::vector<at::Tensor> z;
  for (int view = 0; view < 3; ++view) z.push_back(at::randn({12, 8}));
  Objective objective({.loss = KPairOptions{.temperature = 0.2}, .graph = ViewGraph::full(3)});
  const ContrastResult result = objective->forward(z, range(12));
  double expected = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      if (i != j) expected += slow_k_pair(z[i], z[j], 0.2);
  EXPECT_NEAR(result.loss.item<double>(), expected, 1e-5 * expected);
  EXPECT_EQ(result.directions.size(), 6u);
  const ContrastFigures figures = result.figures();
  EXPECT_EQ(figures.loss, result.loss.item<double>());
  EXPECT_DOUBLE_EQ(figures.k, 11);
  EXPECT_NEAR(figures.training_estimate(), std::log(12.0) - expected / 6, 1e-5);
}

TEST(Objective, RefusesATemperatureThatIsNotPositive) {
  EXPECT_NE(message([] { Objective({.loss = KPairOptions{.temperature = 0.0}}); }).find("divides"),
            std::string::npos);
  EXPECT_NE(message([] {
              Objective({.loss = KPairOptions{.temperature = -0.1}});
            }).find("pulls negatives closer"),
            std::string::npos);
}

TEST(Objective, ReadsTheSameScoresForEveryLoss) {
  at::manual_seed(2);
  const std::vector<at::Tensor> z = {at::randn({20, 8}), at::randn({20, 8})};
  const double expected = (slow_k_pair(z[0], z[1], 0.3) + slow_k_pair(z[1], z[0], 0.3)) / 2;
  const auto result = [&](const Loss& loss) {
    return Objective({.loss = loss})->forward(z, range(20)).figures();
  };
  const ContrastFigures reference = result(KPairOptions{.temperature = 0.3});
  EXPECT_NEAR(reference.k_pair_loss, expected, 1e-5);
  for (const Loss& loss :
       {Loss(LogisticOptions{.temperature = 0.3}), Loss(NceOptions{.temperature = 0.3}),
        Loss(SigmoidOptions{.temperature = 0.3}), Loss(DecoupledOptions{.temperature = 0.3}),
        Loss(KPairOptions{.temperature = 0.3, .hardness = 0.5})}) {
    const ContrastFigures other = result(loss);
    EXPECT_NEAR(other.k_pair_loss, expected, 1e-5);
    EXPECT_NEAR(other.negative_similarity, reference.negative_similarity, 1e-6);
    EXPECT_NEAR(other.positive_similarity, reference.positive_similarity, 1e-6);
    EXPECT_DOUBLE_EQ(other.positive_first, reference.positive_first);
    EXPECT_DOUBLE_EQ(other.k, 19);
  }
  EXPECT_DOUBLE_EQ(result(TripletOptions{}).positive_first, reference.positive_first);
}

TEST(Objective, NtXentMeetsItsOwnViewToo) {
  at::manual_seed(3);
  const at::Tensor a = at::randn({10, 6}), b = at::randn({10, 6});
  const ContrastResult result =
      Objective({.loss = NtXentOptions{.temperature = 0.5}})->forward({a, b}, range(10));
  const at::Tensor z = at::cat({a, b}).to(at::kDouble), u = z / z.norm(2, 1, true);
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    double total = 0;
    for (int j = 0; j < 20; ++j)
      if (j != i) total += std::exp(u[i].dot(u[j]).item<double>() / 0.5);
    sum += std::log(total) - u[i].dot(u[(i + 10) % 20]).item<double>() / 0.5;
  }
  EXPECT_NEAR(result.loss.item<double>(), sum / 10, 1e-5);
  EXPECT_DOUBLE_EQ(result.figures().k, 18);
}

TEST(Objective, ASampleTakesPartInThePairsThatItHas) {
  at::manual_seed(4);
  const std::vector<at::Tensor> z = {at::randn({6, 8}), at::randn({6, 8}), at::randn({6, 8})};
  at::Tensor present = at::ones({6, 3}, at::kBool);
  present[1][2] = false;
  present[4][2] = false;
  std::vector<at::Tensor> holes = z;
  holes[2] = z[2].clone();
  holes[2][1].fill_(std::nan(""));
  holes[2][4].zero_();
  const ContrastResult result =
      Objective({.loss = KPairOptions{.temperature = 0.2}, .graph = ViewGraph::core(0, 3)})
          ->forward(holes, range(6), {.present = present});
  const at::Tensor rows = torch::tensor({0, 2, 3, 5}, at::kLong);
  const at::Tensor a = z[0].index_select(0, rows), c = z[2].index_select(0, rows);
  const double expected = slow_k_pair(z[0], z[1], 0.2) + slow_k_pair(z[1], z[0], 0.2) +
                          slow_k_pair(a, c, 0.2) + slow_k_pair(c, a, 0.2);
  EXPECT_NEAR(result.loss.item<double>(), expected, 1e-5 * expected);
}

TEST(Objective, CountsAPairWithoutNegativesAndRefusesOnlySuch) {
  const std::vector<at::Tensor> z = {at::randn({3, 8}), at::randn({3, 8}), at::randn({3, 8})};
  at::Tensor present = at::ones({3, 3}, at::kBool);
  present[0][2] = false;
  present[1][2] = false;
  Objective objective({.graph = ViewGraph::core(0, 3)});
  EXPECT_EQ(objective->forward(z, range(3), {.present = present}).empty_directions, 2);
  present.fill_(false);
  EXPECT_NE(message([&] {
              objective->forward(z, range(3), {.present = present});
            }).find("no pair of views has a candidate negative"),
            std::string::npos);
}

TEST(Objective, DuplicatesNeverMeet) {
  at::manual_seed(5);
  const at::Tensor a = at::randn({4, 8}), b = at::randn({4, 8});
  // Samples 1 and 3 are duplicates: without each other they lose as in batches of three.
  const at::Tensor groups = torch::tensor({0, 1, 2, 1}, at::kLong);
  const ContrastResult result =
      Objective({.loss = KPairOptions{.temperature = 0.3}, .groups = groups})
          ->forward({a, b}, range(4));
  const at::Tensor rows = torch::tensor({0, 1, 2}, at::kLong);
  const ContrastResult three =
      Objective({.loss = KPairOptions{.temperature = 0.3}})
          ->forward({a.index_select(0, rows), b.index_select(0, rows)}, range(3));
  EXPECT_NEAR(result.directions[0].per_anchor[1].item<double>(),
              three.directions[0].per_anchor[1].item<double>(), 1e-6);
  EXPECT_DOUBLE_EQ(result.figures().k, (3 + 2 + 3 + 2) / 4.0);
}

/// One anchor: its similarity with its positive and with each negative.
struct Met {
  double positive = 0;
  std::vector<double> negatives;
};

/// One direction's losses, term by term. `n`: how many samples the noise of NCE is uniform over.
std::vector<double> slow_losses(const Loss& loss, const std::vector<Met>& anchors, double n) {
  constexpr double t = 0.3;
  double mean_weight = 0;
  for (const Met& met : anchors)
    mean_weight += std::exp(met.positive / 0.5) / static_cast<double>(anchors.size());
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  // Z is n times the mean of exp(s/τ) over all pairs of the batch.
  double sum = 0, pairs = 0;
  for (const Met& met : anchors)
    for (const double s : met.negatives) sum += std::exp(s / t), ++pairs;
  const double z = n * sum / pairs;
  std::vector<double> losses;
  for (const auto& [positive, negatives] : anchors) {
    double value = 0;
    const auto k = static_cast<double>(negatives.size());
    if (std::holds_alternative<KPairOptions>(loss)) {
      // With β > 0 the negatives' mean is one by weights.
      const double beta = std::get<KPairOptions>(loss).hardness;
      double others = 0, weights = 0;
      for (const double s : negatives) {
        others += std::exp((1 + beta) * s / t);
        weights += std::exp(beta * s / t) / k;
      }
      value = -std::log(std::exp(positive / t) / (std::exp(positive / t) + others / weights));
    } else if (std::holds_alternative<SigmoidOptions>(loss)) {
      value = -std::log(sigmoid(positive / t - 2));
      for (const double s : negatives) value -= std::log(sigmoid(-(s / t - 2)));
    } else if (const auto* decoupled = std::get_if<DecoupledOptions>(&loss)) {
      const double weight =
          decoupled->weight_sigma > 0 ? 2 - std::exp(positive / 0.5) / mean_weight : 1;
      for (const double s : negatives) value += std::exp(s / t);
      value = std::log(value) - weight * positive / t;
    } else if (std::holds_alternative<LogisticOptions>(loss)) {
      value = -std::log(sigmoid(positive / t));
      for (const double s : negatives) value -= std::log(sigmoid(-s / t));
    } else if (std::holds_alternative<NceOptions>(loss)) {
      const auto p = [&](double s) { return std::exp(s / t) / z; };
      value = -std::log(p(positive) / (p(positive) + k / n));
      for (const double s : negatives) value -= std::log(k / n / (p(s) + k / n));
    } else {
      const auto margin = [p = positive](double s) { return std::max(2 * s - 2 * p + 0.2, 0.0); };
      const double nearest = *std::max_element(negatives.begin(), negatives.end());
      switch (std::get<TripletOptions>(loss).mining) {
        case Mining::all:
          for (const double s : negatives) value += margin(s) / k;
          break;
        case Mining::hardest:
          value = margin(nearest);
          break;
        case Mining::semi_hard: {
          double chosen = -4;
          for (const double s : negatives)
            if (s < positive) chosen = std::max(chosen, s);
          if (chosen < -2) chosen = *std::min_element(negatives.begin(), negatives.end());
          value = margin(chosen);
        }
      }
    }
    losses.push_back(value);
  }
  return losses;
}

const std::vector<Loss> every_loss = {KPairOptions{.temperature = 0.3},
                                      LogisticOptions{.temperature = 0.3},
                                      NceOptions{.temperature = 0.3},
                                      TripletOptions{.mining = Mining::all},
                                      TripletOptions{.mining = Mining::hardest},
                                      TripletOptions{.mining = Mining::semi_hard},
                                      SigmoidOptions{.temperature = 0.3, .bias = -2.0},
                                      DecoupledOptions{.temperature = 0.3},
                                      DecoupledOptions{.temperature = 0.3, .weight_sigma = 0.5},
                                      KPairOptions{.temperature = 0.3, .hardness = 0.5}};

/// Expects the direction from view 0 to view 1 to have the losses of these anchors.
void expect_losses(const ContrastResult& result, const Loss& loss, const std::vector<Met>& anchors,
                   double n) {
  const DirectionResult& direction = result.directions[0];
  ASSERT_EQ(direction.pair, (ViewPair{0, 1}));
  ASSERT_EQ(direction.per_anchor.size(0), static_cast<std::int64_t>(anchors.size()));
  const std::vector<double> expected = slow_losses(loss, anchors, n);
  double k = 0;
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    EXPECT_NEAR(direction.per_anchor[static_cast<std::int64_t>(i)].item<double>(), expected[i],
                1e-5 * (1 + std::abs(expected[i])))
        << "anchor " << i;
    k += static_cast<double>(anchors[i].negatives.size()) / static_cast<double>(anchors.size());
  }
  EXPECT_NEAR(result.figures().directions[0].k, k, 1e-12);
}

/// Samples 1 and 3 of a batch of five lack a view each; the others have both.
at::Tensor two_holes() {
  at::Tensor present = at::ones({5, 2}, at::kBool);
  present[1][1] = false;
  present[3][0] = false;
  return present;
}

TEST(Objective, EveryLossOfABankFollowsItsFormula) {
  at::manual_seed(11);
  using Bank = MemoryBankOptions;
  constexpr std::int64_t n = 12, k = 9;
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  for (const Loss& loss : every_loss) {
    for (const bool masked : {false, true}) {
      for (const int draw : {0, 1, 2}) {
        double by_batch = 0;
        for (const Bank::Positive positive : {Bank::Positive::batch, Bank::Positive::bank}) {
          SCOPED_TRACE(fmt::format("loss {}, masked {}, draw {}, positive {}", loss.index(), masked,
                                   draw, static_cast<int>(positive)));
          Objective objective(
              {.loss = loss,
               .negatives = Bank{.samples = n,
                                 .dim = 8,
                                 .k = draw == 0 ? Bank::all : k,
                                 .draw = draw == 1 ? Bank::Draw::shared : Bank::Draw::per_anchor,
                                 .positive = positive}});
          const BatchExtras extras{.present = masked ? two_holes() : at::Tensor()};
          objective->update(indices, z, extras);
          const ContrastResult result = objective->forward(z, indices, extras);

          const at::Tensor bank = objective->named_buffers()["bank.vectors"][1].to(at::kDouble);
          const at::Tensor candidates =
              masked ? torch::tensor({1, 2, 4, 5, 6, 7, 8, 9, 10, 11}, at::kLong) : at::Tensor();
          const at::Tensor rows =
              masked ? torch::tensor({0, 2, 4}, at::kLong) : at::arange(5, at::kLong);
          const at::Tensor samples = indices.index_select(0, rows);
          // Draws are keyed by the number of updates and the direction.
          const at::Tensor all = masked ? candidates : at::arange(n, at::kLong);
          const at::Tensor shared = draw_shared(candidates, n, k, 0, 1, {0, 1});
          const at::Tensor each =
              draw_per_anchor(samples, {}, candidates, n, k, 0, 1, {0, 1}).picks;
          std::vector<Met> anchors;
          bool met_itself = false;
          for (std::int64_t i = 0; i < rows.size(0); ++i) {
            const at::Tensor a = unit(z[0][rows[i].item<std::int64_t>()]);
            const at::Tensor picks = draw == 0 ? all : draw == 1 ? shared : each[i];
            const auto own = samples[i].item<std::int64_t>();
            Met& met = anchors.emplace_back();
            met.positive =
                a.dot(positive == Bank::Positive::bank ? bank[own]
                                                       : unit(z[1][rows[i].item<std::int64_t>()]))
                    .item<double>();
            for (std::int64_t j = 0; j < picks.size(0); ++j) {
              const auto sample = picks[j].item<std::int64_t>();
              met_itself |= sample == own;
              if (sample == own) continue;
              // In a bank of all, the batch's samples stand as just embedded.
              at::Tensor candidate = bank[sample];
              if (draw == 0 && positive == Bank::Positive::batch)
                for (std::int64_t other = 0; other < rows.size(0); ++other)
                  if (samples[other].item<std::int64_t>() == sample)
                    candidate = unit(z[1][rows[other].item<std::int64_t>()]);
              met.negatives.push_back(a.dot(candidate).item<double>());
            }
          }
          // Own draws hold no own sample; the others do, and leave it out.
          EXPECT_EQ(met_itself, draw != 2);
          expect_losses(result, loss, anchors, n);
          const double matched = result.figures().directions[0].positive_similarity;
          if (positive == Bank::Positive::batch)
            by_batch = matched;
          else
            EXPECT_GT(std::abs(matched - by_batch), 1e-2);
        }
      }
    }
  }
}

TEST(Objective, EveryLossOfAQueueFollowsItsFormula) {
  at::manual_seed(12);
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  const auto keys = [] { return std::vector<at::Tensor>{at::randn({5, 8}), at::randn({5, 8})}; };
  const auto older = keys(), newer = keys(), now = keys();
  const at::Tensor before = torch::tensor({1, 2, 5, 6, 10}, at::kLong);
  const at::Tensor then = torch::tensor({8, 9, 11, 0, 4}, at::kLong);
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  const auto holds = [](const std::vector<std::int64_t>& list, std::int64_t x) {
    return std::find(list.begin(), list.end(), x) != list.end();
  };
  for (const Loss& loss : every_loss) {
    for (const bool masked : {false, true}) {
      SCOPED_TRACE(fmt::format("loss {}, masked {}", loss.index(), masked));
      Objective objective(
          {.loss = loss, .negatives = QueueOptions{.length = 11, .dim = 8, .recent = 1}});
      const at::Tensor present = masked ? two_holes() : at::Tensor();
      objective->update(before, z, {.present = {}, .keys = older});
      objective->update(then, z, {.present = present, .keys = newer});
      const ContrastResult result =
          objective->forward(z, indices, {.present = present, .keys = now});

      const std::vector<std::int64_t> rows =
          masked ? std::vector<std::int64_t>{0, 2, 4} : std::vector<std::int64_t>{0, 1, 2, 3, 4};
      // The batch's own keys, and up to eleven in all the newest of other samples.
      std::vector<std::pair<std::int64_t, at::Tensor>> candidates;
      std::vector<std::int64_t> batch;
      for (const std::int64_t row : rows) {
        batch.push_back(indices[row].item<std::int64_t>());
        candidates.emplace_back(batch.back(), now[1][row]);
      }
      for (std::int64_t age = 0; age < 11 - static_cast<std::int64_t>(rows.size()); ++age) {
        const std::int64_t row = 4 - age % 5;
        const bool new_one = age < 5;
        const auto sample = (new_one ? then : before)[row].item<std::int64_t>();
        if (holds(batch, sample) || (new_one && !holds(rows, row))) continue;
        candidates.emplace_back(sample, (new_one ? newer : older)[1][row]);
      }
      std::vector<Met> anchors;
      for (const std::int64_t row : rows) {
        const at::Tensor a = unit(z[0][row]);
        Met& met = anchors.emplace_back();
        met.positive = a.dot(unit(now[1][row])).item<double>();
        for (const auto& [sample, key] : candidates)
          if (sample != indices[row].item<std::int64_t>())
            met.negatives.push_back(a.dot(unit(key)).item<double>());
      }
      expect_losses(result, loss, anchors, static_cast<std::int64_t>(candidates.size()));
    }
  }
}

TEST(Objective, CandidatesAloneAreMetAndHaveNoLossOfTheirOwn) {
  at::manual_seed(13);
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})},
                                keys = {at::randn({5, 8}), at::randn({5, 8})};
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  for (const Loss& loss : every_loss) {
    for (const bool masked : {false, true}) {
      for (const bool queue : {false, true}) {
        SCOPED_TRACE(fmt::format("loss {}, masked {}, queue {}", loss.index(), masked, queue));
        const Negatives source =
            queue ? Negatives(QueueOptions{.length = 11, .dim = 8}) : Negatives(BatchOptions{});
        Objective objective({.loss = loss, .negatives = source});
        BatchExtras extras{.present = masked ? two_holes() : at::Tensor(), .keys = keys};
        const ContrastResult whole = objective->forward(z, indices, extras);
        extras.anchors = 3;
        const ContrastResult result = objective->forward(z, indices, extras);
        // Rows 3 and 4 are candidates alone; of a masked batch rows 1 and 3 take no part.
        const std::vector<std::int64_t> rows =
            masked ? std::vector<std::int64_t>{0, 2, 4} : std::vector<std::int64_t>{0, 1, 2, 3, 4};
        const std::vector<at::Tensor>& met = queue ? keys : z;
        std::vector<Met> anchors;
        for (const std::int64_t row : rows) {
          if (row >= 3) continue;
          Met& own = anchors.emplace_back();
          own.positive = unit(z[0][row]).dot(unit(met[1][row])).item<double>();
          for (const std::int64_t other : rows)
            if (other != row)
              own.negatives.push_back(unit(z[0][row]).dot(unit(met[1][other])).item<double>());
        }
        const auto count = static_cast<std::int64_t>(anchors.size());
        EXPECT_EQ(result.directions[0].anchors, count);
        ASSERT_EQ(result.directions.size(), 2u);
        for (std::size_t d = 0; d < 2; ++d) {
          const DirectionResult& direction = result.directions[d];
          EXPECT_EQ(direction.per_anchor.size(0), count);
          EXPECT_NEAR(result.figures().directions[d].loss,
                      direction.per_anchor.mean().item<double>(), 1e-6);
        }
        // Of the batch log Z is taken of all rows.
        if (std::holds_alternative<NceOptions>(loss) && !queue)
          EXPECT_TRUE(at::allclose(result.directions[0].per_anchor,
                                   whole.directions[0].per_anchor.narrow(0, 0, count)));
        else
          expect_losses(result, loss, anchors, static_cast<double>(rows.size()));
      }
    }
  }
}

TEST(Objective, CandidatesAloneGetAGradient) {
  at::manual_seed(14);
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  for (const Loss& loss :
       std::vector<Loss>{KPairOptions{.temperature = 0.3}, KPairOptions{.hardness = 0.5},
                         NtXentOptions{.temperature = 0.3}, SigmoidOptions{.temperature = 0.3}}) {
    SCOPED_TRACE(fmt::format("loss {}", loss.index()));
    std::vector<at::Tensor> z;
    for (int v = 0; v < 2; ++v) z.push_back(at::randn({5, 3}, at::kDouble).requires_grad_());
    Objective objective({.loss = loss, .seed = 1});
    const auto value = [&] { return objective->forward(z, indices, {.anchors = 2}).loss; };
    expect_gradient(value, z[0], 1e-6);
    expect_gradient(value, z[1], 1e-6);
    EXPECT_GT(z[1].grad().narrow(0, 2, 3).abs().sum().item<double>(), 1e-5);
    // The fused kernels' gradient is the same.
    std::vector<at::Tensor> single;
    for (const at::Tensor& rows : z)
      single.push_back(rows.detach().to(at::kFloat).requires_grad_());
    objective->forward(single, indices, {.anchors = 2}).loss.backward();
    for (at::Tensor& rows : z) rows.mutable_grad() = at::Tensor();
    value().backward();
    for (const std::size_t v : {0, 1})
      EXPECT_TRUE(at::allclose(single[v].grad().to(at::kDouble), z[v].grad(), 1e-4, 1e-6));
  }
}

TEST(Objective, CandidatesAloneAreNoPairOfABatch) {
  Objective objective({.loss = KPairOptions{}});
  const at::Tensor groups = torch::tensor({4, 4, 5}, at::kLong);
  EXPECT_TRUE(objective->has_negatives({}, groups, {}, 2));
  EXPECT_FALSE(objective->has_negatives({}, torch::tensor({4, 4, 4}, at::kLong), {}, 2));
  // The only anchor lacks a view: the two others would meet, but have no loss.
  at::Tensor present = at::ones({3, 2}, at::kBool);
  present[0][1] = false;
  EXPECT_FALSE(objective->has_negatives(present, range(3), {}, 1));
  EXPECT_TRUE(objective->has_negatives(present, range(3), {}, 2));
}

TEST(Objective, RefusesCandidatesAloneWhereNoneAreMet) {
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  const auto refusal = [&](const ObjectiveOptions& options, std::int64_t anchors) {
    return message([&] {
      Objective objective(options);
      objective->forward(z, range(5), {.anchors = anchors});
    });
  };
  using testing::HasSubstr;
  EXPECT_THAT(refusal({}, 0), HasSubstr("the first 0 of 5 rows are anchors; they must be 1 to 5"));
  EXPECT_THAT(refusal({}, 6), HasSubstr("they must be 1 to 5"));
  EXPECT_THAT(refusal({.loss = VicRegOptions{}}, 3), HasSubstr("the loss has no negatives"));
  EXPECT_THAT(refusal({.negatives = MemoryBankOptions{.samples = 9, .dim = 8, .k = 4}}, 3),
              HasSubstr("ObjectiveOptions::hard_negatives tells whom else"));
  const at::Tensor hard = torch::tensor({{1}, {2}, {-1}}, at::kLong);
  EXPECT_THAT(refusal({.hard_negatives = hard}, 5), HasSubstr("the batch brings them"));
  const MemoryBankOptions bank{.samples = 3, .dim = 8, .k = 2};
  EXPECT_THAT(refusal({.negatives = bank, .hard_negatives = hard + 1}, 5),
              HasSubstr("sample 1 has the hard negative 3, which is no sample: there are 3"));
  EXPECT_THAT(refusal({.negatives = bank, .hard_negatives = hard - 1}, 5),
              HasSubstr("sample 2 has the hard negative -2"));
  EXPECT_THAT(refusal({.negatives = bank, .hard_negatives = range(3).unsqueeze(1)}, 5),
              HasSubstr("sample 0 is its own hard negative"));
  EXPECT_THAT(refusal({.negatives = MemoryBankOptions{.samples = 9, .dim = 8, .k = 4},
                       .hard_negatives = hard},
                      5),
              HasSubstr("hard negatives of 3 samples for the 9 samples of the bank"));
  EXPECT_THAT(
      refusal({.negatives = MemoryBankOptions{.samples = 3, .dim = 8, .k = MemoryBankOptions::all},
               .hard_negatives = hard},
              5),
      HasSubstr("meets every sample of the bank"));
}

TEST(Objective, ABankAddsHardNegativesToItsDraws) {
  at::manual_seed(15);
  using Bank = MemoryBankOptions;
  constexpr std::int64_t n = 12, k = 4;
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  const at::Tensor indices = torch::tensor({7, 0, 10, 3, 4}, at::kLong);
  at::Tensor hard = at::full({n, 2}, -1, at::kLong), present = at::ones({n, 2}, at::kBool),
             groups = at::arange(n, at::kLong);
  groups[6] = 10;         // a duplicate of sample 10
  present[8][1] = false;  // nobody meets it
  const std::map<std::int64_t, std::vector<std::int64_t>> named = {
      {7, {1, 2}}, {0, {5}}, {10, {11, 6}}, {3, {8}}};
  for (const auto& [sample, others] : named)
    for (std::size_t h = 0; h < others.size(); ++h)
      hard[sample][static_cast<std::int64_t>(h)] = others[h];
  for (const Loss& loss : every_loss) {
    for (const Bank::Draw draw : {Bank::Draw::per_anchor, Bank::Draw::shared}) {
      SCOPED_TRACE(fmt::format("loss {}, draw {}", loss.index(), static_cast<int>(draw)));
      Objective objective({.loss = loss,
                           .negatives = Bank{.samples = n, .dim = 8, .k = k, .draw = draw},
                           .groups = groups,
                           .present = present,
                           .hard_negatives = hard});
      const ContrastResult result = objective->forward(z, indices);
      const at::Tensor bank = objective->named_buffers()["bank.vectors"][1].to(at::kDouble);
      const at::Tensor others = torch::tensor({0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11}, at::kLong);
      const at::Tensor shared = draw_shared(others, n, k, 0, 0, {0, 1}),
                       each = draw_per_anchor(indices, groups, others, n, k, 0, 0, {0, 1}).picks;
      std::vector<Met> anchors;
      for (std::int64_t i = 0; i < 5; ++i) {
        const auto own = indices[i].item<std::int64_t>();
        const at::Tensor drawn = draw == Bank::Draw::shared ? shared : each[i];
        std::vector<std::int64_t> picks(drawn.data_ptr<std::int64_t>(),
                                        drawn.data_ptr<std::int64_t>() + k);
        // Of a shared draw all anchors meet those of each.
        for (const auto& [sample, hardest] : named)
          if (sample == own || draw == Bank::Draw::shared)
            picks.insert(picks.end(), hardest.begin(), hardest.end());
        const at::Tensor a = unit(z[0][i]);
        Met& met = anchors.emplace_back();
        met.positive = a.dot(bank[own]).item<double>();
        for (const std::int64_t pick : picks)
          if (pick != 8 && groups[pick].item<std::int64_t>() != groups[own].item<std::int64_t>())
            met.negatives.push_back(a.dot(bank[pick]).item<double>());
      }
      expect_losses(result, loss, anchors, n);
    }
  }
}

TEST(Objective, EveryNegativeSourceServesEveryLoss) {
  at::manual_seed(8);
  const at::Tensor indices = torch::tensor({1, 8, 3, 11}, at::kLong);
  const std::vector<Loss> losses = {KPairOptions{},
                                    KPairOptions{.class_prior = 0.1},
                                    LogisticOptions{},
                                    NceOptions{},
                                    TripletOptions{},
                                    SigmoidOptions{},
                                    DecoupledOptions{},
                                    DecoupledOptions{.weight_sigma = 0.5},
                                    KPairOptions{.class_prior = 0.1, .hardness = 1}};
  using Bank = MemoryBankOptions;
  const std::vector<Negatives> sources = {
      BatchOptions{}, Bank{.samples = 12, .dim = 8, .k = 5},
      Bank{.samples = 12, .dim = 8, .k = 5, .draw = Bank::Draw::shared},
      Bank{.samples = 12, .dim = 8, .k = Bank::all, .positive = Bank::Positive::bank},
      QueueOptions{.length = 6, .dim = 8}};
  for (const Loss& loss : losses) {
    for (const Negatives& negatives : sources) {
      SCOPED_TRACE(fmt::format("loss {} source {}", loss.index(), negatives.index()));
      Objective objective({.loss = loss, .negatives = negatives});
      at::Tensor a = at::randn({4, 8}).requires_grad_(), b = at::randn({4, 8}).requires_grad_();
      const BatchExtras keys{.keys = {at::randn({4, 8}), at::randn({4, 8})}};
      objective->update(torch::tensor({0, 2, 4, 6}, at::kLong), {a, b}, keys);
      const ContrastResult result = objective->forward({a, b}, indices, keys);
      result.loss.backward();
      EXPECT_TRUE(std::isfinite(result.loss.item<double>()));
      EXPECT_TRUE(a.grad().isfinite().all().item<bool>());
      EXPECT_GT(a.grad().abs().max().item<double>(), 0);
    }
  }
}

TEST(Objective, ALearnedTemperatureIsAParameterWithClipsClamp) {
  at::manual_seed(9);
  Objective objective({.loss = KPairOptions{.temperature = LearnedTemperature{.initial = 0.07}}});
  ASSERT_EQ(objective->parameters().size(), 1u);
  at::Tensor parameter = objective->parameters()[0];
  EXPECT_NEAR(parameter.item<double>(), std::log(1 / 0.07), 1e-6);
  const std::vector<at::Tensor> z = {at::randn({8, 4}), at::randn({8, 4})};
  objective->forward(z, range(8)).loss.backward();
  EXPECT_NE(parameter.grad().item<double>(), 0);
  {
    at::NoGradGuard no_grad;
    parameter.fill_(9);
  }
  EXPECT_NEAR(objective->forward(z, range(8)).figures().temperature, 0.01, 1e-7);
  objective->update(range(8), z);
  EXPECT_NEAR(parameter.item<double>(), std::log(100.0), 1e-6);
}

TEST(Objective, AScheduledTemperatureFollowsTheUpdates) {
  Objective objective({.loss = KPairOptions{.temperature = TemperatureSchedule{
                                                .from = 0.5, .to = 0.1, .steps = 4}}});
  const std::vector<at::Tensor> z = {at::randn({3, 4}), at::randn({3, 4})};
  for (const double expected :
       {0.5, 0.1 + 0.2 * (1 + std::sqrt(0.5)), 0.3, 0.1 + 0.2 * (1 - std::sqrt(0.5)), 0.1, 0.1}) {
    EXPECT_NEAR(objective->temperature().item<double>(), expected, 1e-12);
    objective->update(range(3), z);
  }
}

TEST(Objective, LogZRunsAndIsKept) {
  at::manual_seed(10);
  Objective objective({.loss = NceOptions{.temperature = 0.1, .momentum = 0.75}});
  const auto batch = [] { return std::vector<at::Tensor>{at::randn({6, 4}), at::randn({6, 4})}; };
  const auto first = batch(), second = batch();
  const auto log_z = [](Objective of, const std::vector<at::Tensor>& z) {
    return of->forward(z, range(6)).figures().directions[0].log_z;
  };
  const double z1 = log_z(objective, first);
  objective->update(range(6), first);
  EXPECT_NEAR(log_z(objective, second), z1, 1e-12);
  objective->update(range(6), second);
  const double z2 = log_z(Objective({.loss = NceOptions{.temperature = 0.1}}), second);
  EXPECT_NEAR(objective->named_buffers()["log_z"][0][1].item<double>() + std::log(6.0),
              0.75 * z1 + 0.25 * z2, 1e-9);
  EXPECT_LE(std::abs(z2 - std::log(6.0)), 1 / 0.1);
}

TEST(Objective, NamesTheViewAndTheRowOfTheBatch) {
  at::manual_seed(13);
  using Bank = MemoryBankOptions;
  struct Spoilt {
    float value;
    const char* words;
  };
  const std::vector<Spoilt> kinds = {
      {std::nanf(""), "row 3 holds a NaN; embeddings must be finite"},
      {std::numeric_limits<float>::infinity(),
       "row 3 holds an infinity; embeddings must be finite"},
      {0, "row 3 is zero, so it has no direction"}};
  const std::vector<ObjectiveOptions> every = {
      {.loss = KPairOptions{}},
      {.loss = NtXentOptions{}},
      {.loss = LogisticOptions{}},
      {.negatives = Bank{.samples = 9, .dim = 4, .k = 5}},
      {.negatives = Bank{.samples = 9, .dim = 4, .k = 5, .draw = Bank::Draw::shared}},
      {.negatives = Bank{.samples = 9, .dim = 4, .k = Bank::all, .positive = Bank::Positive::bank}},
      {.loss = TripletOptions{}, .negatives = Bank{.samples = 9, .dim = 4, .k = Bank::all}},
      {.negatives = QueueOptions{.length = 6, .dim = 4}},
      {.loss = NceOptions{}, .negatives = QueueOptions{.length = 6, .dim = 4}},
      {.loss = SigmoidOptions{}},
      {.loss = SigmoidOptions{}, .negatives = QueueOptions{.length = 6, .dim = 4}},
      {.loss = DecoupledOptions{}, .negatives = Bank{.samples = 9, .dim = 4, .k = 5}}};
  const std::vector<at::Tensor> good = {at::randn({5, 4}), at::randn({5, 4})};
  const auto spoil = [&](std::size_t view, std::int64_t row, float value) {
    std::vector<at::Tensor> z = {good[0].clone(), good[1].clone()};
    z[view][row].fill_(value);
    return z;
  };
  const auto starts = [](const std::string& text, const std::string& part) {
    EXPECT_EQ(text.rfind(part, 0), 0u) << text;
  };
  // Row 0 lacks view 1, so that the rows that take part count from 1.
  at::Tensor mask = at::ones({5, 2}, at::kBool);
  mask[0][1] = false;
  for (const ObjectiveOptions& options : every) {
    Objective objective(options);
    const bool queue = std::holds_alternative<QueueOptions>(options.negatives),
               bank = std::holds_alternative<Bank>(options.negatives);
    objective->update(range(5) + 4, good, {.present = {}, .keys = good});
    for (const at::Tensor& present : {at::Tensor(), mask}) {
      SCOPED_TRACE(fmt::format("loss {}, negatives {}, masked {}", options.loss.index(),
                               options.negatives.index(), present.defined()));
      const auto forward = [&](const std::vector<at::Tensor>& z,
                               const std::vector<at::Tensor>& keys) {
        return message(
            [&] { objective->forward(z, range(5), {.present = present, .keys = keys}); });
      };
      const auto update = [&](const std::vector<at::Tensor>& z,
                              const std::vector<at::Tensor>& keys) {
        return message([&] { objective->update(range(5), z, {.present = present, .keys = keys}); });
      };
      for (const auto& [value, words] : kinds) {
        for (const std::size_t view : {0, 1}) {
          const std::vector<at::Tensor> bad = spoil(view, 3, value);
          starts(forward(bad, good), fmt::format("view {}: {}", view, words));
          if (bank) starts(update(bad, good), fmt::format("view {}: {}", view, words));
          if (!queue) continue;
          starts(forward(good, bad), fmt::format("the keys of view {}: {}", view, words));
          starts(update(good, bad), fmt::format("the keys of view {}: {}", view, words));
        }
        // What takes no part is not read.
        if (!present.defined()) continue;
        for (const std::size_t view : {0, 1})
          EXPECT_EQ(forward(spoil(view, 0, value), spoil(view, 0, value)), "nothing was thrown");
      }
      const std::vector<at::Tensor> flat = {at::ones({5, 0}), at::ones({5, 0})};
      starts(forward(flat, flat), "embeddings of dimension D = 0 have no direction");
      const std::vector<at::Tensor> half = {good[0].to(at::kHalf), good[1].to(at::kHalf)};
      starts(forward(half, half),
             "view 0: the numbers are Half; they must be float32, bfloat16 or float64");
      if (queue)
        starts(forward(good, {good[0], good[1].narrow(0, 0, 4)}),
               "the keys of view 1 are [4, 4]; they need the embeddings' shape, [5, 4]");
    }
  }
}

TEST(Objective, ChecksTheMomentumOfLogZ) {
  for (const double momentum : {-0.1, 1.0, std::nan("")})
    EXPECT_NE(message([&] {
                Objective({.loss = NceOptions{.momentum = momentum}});
              }).find("the momentum of log Z is"),
              std::string::npos);
  EXPECT_EQ(message([] { Objective({.loss = NceOptions{.momentum = 0}}); }), "nothing was thrown");
}

TEST(Objective, LogZFollowsTheNumberOfCandidates) {
  at::manual_seed(15);
  Objective objective({.loss = NceOptions{.temperature = 1.0, .momentum = 0.99},
                       .negatives = QueueOptions{.length = 64, .dim = 8, .recent = 1}});
  for (std::int64_t step = 0; step < 16; ++step) {
    const std::vector<at::Tensor> z = {at::randn({4, 8}), at::randn({4, 8})};
    const BatchExtras keys{.present = {}, .keys = z};
    const double n = static_cast<double>(std::min<std::int64_t>(64, 4 + 4 * step));
    const ContrastFigures figures = objective->forward(z, range(4) + 4 * step, keys).figures();
    EXPECT_LE(std::abs(figures.directions[0].log_z - std::log(n)), 1.0)
        << "log Z lies within log n ± 1/τ";
    objective->update(range(4) + 4 * step, z, keys);
  }
}

TEST(Objective, TheTrainingEstimateIsTheMeanOfItsDirections) {
  at::manual_seed(16);
  at::Tensor present = at::ones({40, 3}, at::kBool);
  present.select(1, 2).narrow(0, 3, 37).fill_(false);  // three samples have the third view
  const ContrastFigures figures =
      Objective({.graph = ViewGraph::full(3)})
          ->forward({at::randn({40, 4}), at::randn({40, 4}), at::randn({40, 4})}, range(40),
                    {.present = present})
          .figures();
  double expected = 0;
  for (const DirectionFigures& direction : figures.directions)
    expected += (std::log(direction.k + 1) - direction.k_pair_loss) / 6;
  EXPECT_NEAR(figures.training_estimate(), expected, 1e-12);
  EXPECT_LT(expected, std::log(figures.k + 1) - figures.k_pair_loss - 0.1);
}

TEST(Objective, EmbeddingsThatAreAllAlikePutNoPositiveFirst) {
  at::manual_seed(17);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16})
    for (const std::int64_t dim : {3, 16, 64, 100}) {
      const at::Tensor z = at::ones({32, 1}).matmul(at::randn({1, dim})).to(type);
      EXPECT_EQ(Objective({})->forward({z, z}, range(32)).figures().positive_first, 0) << dim;
    }
}

TEST(Objective, CountsADirectionWhoseEveryPairIsExcluded) {
  at::manual_seed(14);
  // Samples 0 and 1 are duplicates; in views 0 and 1 there is no third.
  const at::Tensor groups = torch::tensor({0, 0, 1, 2, 3}, at::kLong);
  at::Tensor present = at::ones({3, 3}, at::kBool);
  present[2][1] = false;
  const std::vector<at::Tensor> z = {at::randn({3, 4}), at::randn({3, 4}), at::randn({3, 4})};
  const auto forward = [&](const Loss& loss, const ViewGraph& graph) {
    return Objective({.loss = loss, .graph = graph, .groups = groups})
        ->forward(z, range(3), {.present = present});
  };
  for (const Loss& loss : std::vector<Loss>{KPairOptions{}, NtXentOptions{}, LogisticOptions{},
                                            NceOptions{}, TripletOptions{}, SigmoidOptions{},
                                            DecoupledOptions{}, KPairOptions{.hardness = 1}}) {
    SCOPED_TRACE(loss.index());
    const ContrastResult result =
        forward(loss, ViewGraph::list(3, {{0, 1}, {1, 0}, {0, 2}, {2, 0}}));
    EXPECT_EQ(result.empty_directions, 2);
    EXPECT_TRUE(std::isfinite(result.loss.item<double>()));
    const ContrastFigures figures = result.figures();
    EXPECT_EQ(figures.directions[0].k, 0);
    EXPECT_EQ(figures.directions[1].k, 0);
    EXPECT_EQ(figures.k, figures.directions[2].k);
    EXPECT_EQ(figures.k_pair_loss,
              (figures.directions[2].k_pair_loss + figures.directions[3].k_pair_loss) / 2);
    EXPECT_NE(message([&] {
                forward(loss, ViewGraph::list(3, {{0, 1}}));
              }).find("no pair of views has a candidate negative"),
              std::string::npos);
  }
}

TEST(Objective, RefusesBadInputByName) {
  const std::vector<at::Tensor> z = {at::randn({3, 4}), at::randn({3, 4})};
  Objective objective({});
  const auto has = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(message([&] { objective->forward({z[0]}, range(3)); }), "embeddings of 1 views");
  has(message([&] { objective->forward({z[0], at::randn({3, 5})}, range(3)); }), "[3, 5]");
  has(message([&] {
        objective->forward(z, torch::tensor({4, 7, 4}, at::kLong));
      }),
      "sample 4 stands twice");
  has(message([&] {
        objective->forward(z, torch::tensor({4, -7, 3}, at::kLong));
      }),
      "index -7 is negative");
  Objective bank({.negatives = MemoryBankOptions{.samples = 5, .dim = 4, .k = 4}});
  has(message([&] {
        bank->forward(z, torch::tensor({0, 1, 5}, at::kLong));
      }),
      "index 5 is out of range");
  has(message([] { Objective({.negatives = MemoryBankOptions{.samples = 5, .k = 5}}); }),
      "k is 5, but the bank has 5 samples");
  has(message([] { ViewGraph::list(2, {{0, 2}}); }), "names view 2");
  has(message([] { ViewGraph::core(3, 3); }), "core view is 3");
}

}  // namespace
}  // namespace cmc::contrast
