#include "cmc/contrast/losses/multilinear.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "cmc/contrast/gradient_cache.h"
#include "cmc/contrast/objective.h"
#include "cmc/random.h"
#include "tests/contrast/batches.h"
#include "tests/contrast/finite_difference.h"
#include "tests/contrast/losses/raw_views.h"

namespace cmc::contrast {
namespace {

std::vector<at::Tensor> random_views(std::int64_t views, std::int64_t samples, std::int64_t dim) {
  std::vector<at::Tensor> z;
  for (std::int64_t v = 0; v < views; ++v)
    z.push_back(at::randn({samples, dim}, at::kDouble).requires_grad_());
  return z;
}

/// Σ_d Π_v of unit rows, one row a view.
double slow_product(const std::vector<at::Tensor>& rows) {
  double sum = 0;
  for (std::int64_t d = 0; d < rows[0].size(0); ++d) {
    double product = 1;
    for (const at::Tensor& row : rows) product *= unit(row)[d].item<double>();
    sum += product;
  }
  return sum;
}

using Tuple = std::vector<std::int64_t>;

/// The loss of the anchor in `view` of sample `i`, with these samples in the other views.
double slow_loss(const std::vector<at::Tensor>& z, std::int64_t view, std::int64_t i,
                 const std::vector<Tuple>& negatives, double tau) {
  const auto score = [&](const Tuple& others) {
    std::vector<at::Tensor> rows = {z[static_cast<std::size_t>(view)][i]};
    std::size_t m = 0;
    for (std::size_t v = 0; v < z.size(); ++v)
      if (static_cast<std::int64_t>(v) != view) rows.push_back(z[v][others[m++]]);
    return slow_product(rows);
  };
  const double positive = std::exp(score(Tuple(z.size() - 1, i)) / tau);
  double all = positive;
  for (const Tuple& tuple : negatives) all += std::exp(score(tuple) / tau);
  return -std::log(positive / all);
}

/// The permuted tuples of `samples` that hold none of `own`.
std::vector<Tuple> permuted_tuples(const Tuple& samples, std::size_t others, std::int64_t view,
                                   std::int64_t own, std::uint64_t seed, std::uint64_t step) {
  const RandomKey key{.purpose = RandomPurpose::tuples,
                      .seed = seed,
                      .epoch = step,
                      .part = static_cast<std::uint32_t>(view)};
  const auto n = static_cast<std::int64_t>(samples.size());
  const std::vector<std::int64_t> order = permutation(n, key.stream(RandomKey::joint));
  std::vector<Tuple> tuples;
  for (std::size_t j = 0; j < samples.size(); ++j) {
    Tuple tuple;
    bool holds_own = false;
    for (std::size_t m = 0; m < others; ++m) {
      tuple.push_back(samples[static_cast<std::size_t>(order[(j + m) % samples.size()])]);
      holds_own |= tuple.back() == own;
    }
    if (!holds_own) tuples.push_back(tuple);
  }
  return tuples;
}

TEST(Multilinear, PermutedTuplesFollowTheFormula) {
  at::manual_seed(1);
  for (const std::int64_t views : {3, 4}) {
    const auto z = random_views(views, 7, 5);
    Objective objective({.loss = MultilinearOptions{.temperature = 0.2},
                         .graph = ViewGraph::full(views),
                         .seed = 9});
    objective->update(range(7), z);
    const ContrastResult result = objective->forward(z, range(7));
    const ContrastFigures figures = result.figures();
    ASSERT_EQ(result.directions.size(), static_cast<std::size_t>(views));
    double expected = 0;
    for (std::int64_t view = 0; view < views; ++view) {
      const DirectionResult& direction = result.directions[static_cast<std::size_t>(view)];
      EXPECT_EQ(direction.pair.anchor, view);
      EXPECT_EQ(direction.pair.candidate, every_other_view);
      EXPECT_DOUBLE_EQ(figures.directions[static_cast<std::size_t>(view)].k,
                       static_cast<double>(7 - views + 1));
      for (std::int64_t i = 0; i < 7; ++i) {
        const auto negatives = permuted_tuples({0, 1, 2, 3, 4, 5, 6}, views - 1, view, i, 9, 1);
        ASSERT_EQ(negatives.size(), static_cast<std::size_t>(7 - views + 1));
        const double loss = slow_loss(z, view, i, negatives, 0.2);
        EXPECT_NEAR(direction.per_anchor[i].item<double>(), loss, 1e-10);
        expected += loss / 7;
      }
    }
    EXPECT_NEAR(result.loss.item<double>(), expected, 1e-10);
    EXPECT_NEAR(
        figures.training_estimate(),
        std::log(7.0 - static_cast<double>(views) + 2) - expected / static_cast<double>(views),
        1e-10);
  }
}

TEST(Multilinear, AllTuplesFollowTheFormula) {
  at::manual_seed(2);
  for (const std::int64_t views : {3, 4}) {
    const auto z = random_views(views, 4, 5);
    const ContrastResult result =
        Objective({.loss = MultilinearOptions{.temperature = 0.2, .negatives = TupleNegatives::all},
                   .graph = ViewGraph::full(views)})
            ->forward(z, range(4));
    std::vector<Tuple> all = {{}};
    for (std::int64_t m = 0; m + 1 < views; ++m) {
      std::vector<Tuple> longer;
      for (const Tuple& tuple : all)
        for (std::int64_t i = 0; i < 4; ++i) {
          longer.push_back(tuple);
          longer.back().push_back(i);
        }
      all = longer;
    }
    for (std::int64_t view = 0; view < views; ++view)
      for (std::int64_t i = 0; i < 4; ++i) {
        std::vector<Tuple> negatives = all;
        std::erase(negatives, Tuple(static_cast<std::size_t>(views - 1), i));
        const DirectionResult& direction = result.directions[static_cast<std::size_t>(view)];
        EXPECT_DOUBLE_EQ(result.figures().directions[static_cast<std::size_t>(view)].k,
                         static_cast<double>(negatives.size()));
        EXPECT_NEAR(direction.per_anchor[i].item<double>(), slow_loss(z, view, i, negatives, 0.2),
                    1e-10);
      }
  }
}

TEST(Multilinear, IsSymilesWithAllTuples) {
  // symile 0.1.0 from PyPI in float64, Symile(negative_sampling="n_squared") at 1/τ = 5, of unit
  // rows: the mean over the views as anchors. MIPSimilarity.
  const RawViews raw = raw_views();
  at::Tensor third = (raw.first + raw.second).detach().requires_grad_();
  const at::Tensor loss =
      Objective({.loss = MultilinearOptions{.temperature = 0.2, .negatives = TupleNegatives::all},
                 .graph = ViewGraph::full(3)})
          ->forward({raw.first, raw.second, third}, range(6))
          .loss /
      3;
  EXPECT_NEAR(loss.item<double>(), 4.096515703589767, 1e-12);
  loss.backward();
  EXPECT_NEAR(entry(raw.first.grad(), 0, 0), 0.11545247647268388, 1e-12);
  EXPECT_NEAR(entry(raw.second.grad(), 2, 1), -0.04522964480263885, 1e-12);
  EXPECT_NEAR(entry(third.grad(), 5, 3), 0.27969634408683547, 1e-12);
  EXPECT_NEAR(entry(multilinear_scores({raw.first, raw.second}, third), 1, 4),
              -0.008989461476053874, 1e-12);
}

TEST(Multilinear, ItsFiguresAreThoseOfItsScores) {
  at::manual_seed(3);
  const auto z = random_views(3, 6, 4);
  const ContrastResult result =
      Objective({.loss = MultilinearOptions{}, .graph = ViewGraph::full(3), .seed = 2})
          ->forward(z, range(6));
  double positive = 0, negative = 0, first = 0;
  for (std::int64_t i = 0; i < 6; ++i) {
    const double own = slow_product({z[0][i], z[1][i], z[2][i]});
    positive += own / 6;
    bool beats = true;
    for (const Tuple& t : permuted_tuples({0, 1, 2, 3, 4, 5}, 2, 0, i, 2, 0)) {
      const double other = slow_product({z[0][i], z[1][t[0]], z[2][t[1]]});
      negative += other / 24;
      beats = beats && own > other;
    }
    first += beats ? 1.0 / 6 : 0;
  }
  const DirectionFigures direction = result.figures().directions[0];
  EXPECT_NEAR(direction.positive_similarity, positive, 1e-12);
  EXPECT_NEAR(direction.negative_similarity, negative, 1e-12);
  EXPECT_NEAR(direction.positive_first, first, 1e-12);
}

TEST(Multilinear, ItsGradientsAreFiniteDifferences) {
  at::manual_seed(4);
  at::Tensor present = at::ones({6, 3}, at::kBool);
  present[2][1] = false;
  present[5][0] = false;
  for (const TupleNegatives negatives : {TupleNegatives::permuted, TupleNegatives::all}) {
    const auto z = random_views(3, 6, 4);
    Objective objective(
        {.loss = MultilinearOptions{.temperature = LearnedTemperature{.initial = 0.3},
                                    .negatives = negatives,
                                    .missing = MissingViews::stand_in,
                                    .dim = 4},
         .graph = ViewGraph::full(3)});
    objective->to(at::kDouble);
    const auto value = [&] { return objective->forward(z, range(6), {.present = present}).loss; };
    for (const at::Tensor& view : z) expect_gradient(value, view);
    const auto parameters = objective->named_parameters();
    ASSERT_EQ(parameters.size(), 4u);
    for (const char* name : {"log_inverse_temperature", "stand_in_0", "stand_in_1"}) {
      expect_gradient(value, parameters[name]);
      EXPECT_GT(parameters[name].grad().abs().max().item<double>(), 1e-4) << name;
    }
  }
}

TEST(Multilinear, ASampleThatLacksAViewIsLeftOut) {
  at::manual_seed(5);
  auto z = random_views(3, 6, 5);
  at::Tensor present = at::ones({6, 3}, at::kBool);
  present[1][2] = false;
  present[4][0] = false;
  std::vector<at::Tensor> holes = {z[0].detach().clone(), z[1].detach(), z[2].detach().clone()};
  holes[2][1].fill_(std::nan(""));
  holes[0][4].zero_();
  Objective objective(
      {.loss = MultilinearOptions{.temperature = 0.2}, .graph = ViewGraph::full(3), .seed = 4});
  const ContrastResult result = objective->forward(holes, range(6), {.present = present});
  const Tuple rows = {0, 2, 3, 5};
  EXPECT_EQ(result.directions[1].anchors, 4);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(result.directions[1].rows[static_cast<std::int64_t>(i)].item<std::int64_t>(),
              rows[i]);
    EXPECT_NEAR(result.directions[1].per_anchor[static_cast<std::int64_t>(i)].item<double>(),
                slow_loss(z, 1, rows[i], permuted_tuples(rows, 2, 1, rows[i], 4, 0), 0.2), 1e-10);
  }
  // A row that takes part is checked; one that does not is not.
  holes[1][1].fill_(std::nan(""));
  EXPECT_EQ(message([&] { objective->forward(holes, range(6), {.present = present}); }),
            "nothing was thrown");
  holes[1][3].fill_(std::nan(""));
  EXPECT_TRUE(message([&] {
                objective->forward(holes, range(6), {.present = present});
              }).starts_with("view 1: row 3 holds a NaN"));
}

TEST(Multilinear, ALearnedEmbeddingStandsInForAMissingView) {
  at::manual_seed(6);
  const auto z = random_views(3, 6, 5);
  at::Tensor present = at::ones({6, 3}, at::kBool);
  present[1][2] = false;
  present[4][0] = false;
  present[5][0] = false;
  present[5][1] = false;  // one view tells nothing of what views share
  const ObjectiveOptions options{
      .loss = MultilinearOptions{.temperature = 0.2, .missing = MissingViews::stand_in, .dim = 5},
      .graph = ViewGraph::full(3),
      .seed = 4};
  Objective objective(options);
  const auto parameters = objective->named_parameters();
  std::vector<at::Tensor> filled = {z[0].detach().clone(), z[1].detach(), z[2].detach().clone()};
  filled[2][1] = parameters["stand_in_2"].detach().to(at::kDouble);
  filled[0][4] = parameters["stand_in_0"].detach().to(at::kDouble);
  EXPECT_FALSE(at::equal(parameters["stand_in_0"], parameters["stand_in_1"]));
  EXPECT_TRUE(
      at::equal(Objective(options)->named_parameters()["stand_in_0"], parameters["stand_in_0"]));
  const ContrastResult result = objective->forward(z, range(6), {.present = present});
  const Tuple rows = {0, 1, 2, 3, 4};
  EXPECT_EQ(result.directions[0].anchors, 5);
  for (const std::int64_t row : rows)
    EXPECT_NEAR(result.directions[0].per_anchor[row].item<double>(),
                slow_loss(filled, 0, row, permuted_tuples(rows, 2, 0, row, 4, 0), 0.2), 1e-7);
  const auto other = random_views(3, 6, 4);
  EXPECT_NE(message([&] {
              objective->forward(other, range(6), {.present = present});
            }).find("dimension 4, but their stand-ins have 5"),
            std::string::npos);
}

TEST(Multilinear, DuplicatesNeverMeet) {
  at::manual_seed(7);
  const auto z = random_views(3, 6, 5);
  const at::Tensor groups = torch::tensor({0, 1, 2, 1, 3, 4}, at::kLong);
  const auto forward = [&](TupleNegatives negatives) {
    return Objective({.loss = MultilinearOptions{.temperature = 0.2, .negatives = negatives},
                      .graph = ViewGraph::full(3),
                      .groups = groups,
                      .seed = 4})
        ->forward(z, range(6));
  };
  // Tuples are of samples 0, 1, 2, 4 and 5; sample 3 meets those without 1.
  const ContrastResult permuted = forward(TupleNegatives::permuted);
  EXPECT_DOUBLE_EQ(permuted.figures().k, 3);
  EXPECT_NEAR(permuted.directions[2].per_anchor[3].item<double>(),
              slow_loss(z, 2, 3, permuted_tuples({0, 1, 2, 4, 5}, 2, 2, 1, 4, 0), 0.2), 1e-10);
  EXPECT_DOUBLE_EQ(forward(TupleNegatives::all).figures().k, 24);
}

TEST(Multilinear, KnowsWhetherABatchHasANegative) {
  const ViewGraph graph = ViewGraph::full(3);
  const at::Tensor none;
  const MultilinearOptions permuted, all{.negatives = TupleNegatives::all},
      stands_in{.missing = MissingViews::stand_in};
  EXPECT_TRUE(has_negatives(permuted, graph, none, range(3)));
  EXPECT_FALSE(has_negatives(permuted, graph, none, range(2)));
  EXPECT_FALSE(has_negatives(permuted, graph, none, torch::tensor({5, 6, 5}, at::kLong)));
  EXPECT_FALSE(has_negatives(all, graph, none, range(2)));
  at::Tensor present = at::ones({3, 3}, at::kBool);
  present[1][0] = false;
  EXPECT_FALSE(has_negatives(permuted, graph, present, range(3)));
  EXPECT_TRUE(has_negatives(stands_in, graph, present, range(3)));
  Objective objective({.loss = permuted, .graph = graph});
  EXPECT_FALSE(objective->has_negatives(present, range(3)));
  const auto z = random_views(3, 3, 4);
  EXPECT_NE(message([&] {
              objective->forward(z, range(3), {.present = present});
            }).find("no tuple of views has a candidate negative"),
            std::string::npos);
}

TEST(Multilinear, RefusesWhatIsNoTuple) {
  const auto has = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(message([] { Objective({.loss = MultilinearOptions{}}); }), "for two take the k-pair loss");
  has(message([] { Objective({.loss = MultilinearOptions{}, .graph = ViewGraph::core(0, 3)}); }),
      "its graph is ViewGraph::full(3)");
  has(message([] {
        Objective({.loss = MultilinearOptions{},
                   .graph = ViewGraph::full(3),
                   .negatives = MemoryBankOptions{.samples = 9, .dim = 4, .k = 5}});
      }),
      "the negatives must be BatchOptions");
  has(message([] {
        Objective({.graph = ViewGraph::full(3),
                   .pair_losses = {{.first = 0, .second = 1, .loss = MultilinearOptions{}}}});
      }),
      "its graph is ViewGraph::full(3)");
  const auto z = random_views(3, 3000, 2);
  has(message([&] {
        Objective({.loss = MultilinearOptions{.negatives = TupleNegatives::all},
                   .graph = ViewGraph::full(4)})
            ->forward({z[0], z[1], z[2], z[0]}, range(3000));
      }),
      "take permuted ones");
}

TEST(Multilinear, AGradientCacheGivesTheGradientsOfOneBatch) {
  at::manual_seed(8);
  std::vector<torch::nn::Linear> encoders;
  std::vector<at::Tensor> x;
  for (int v = 0; v < 3; ++v) {
    encoders.emplace_back(6, 5);
    x.push_back(at::randn({12, 6}));
  }
  Objective objective(
      {.loss = MultilinearOptions{.temperature = LearnedTemperature{.initial = 0.2}},
       .graph = ViewGraph::full(3)});
  const auto encode = [&](std::int64_t first, std::int64_t rows) {
    std::vector<at::Tensor> z;
    for (std::size_t v = 0; v < 3; ++v) z.push_back(encoders[v](x[v].narrow(0, first, rows)));
    return z;
  };
  objective->forward(encode(0, 12), range(12)).loss.backward();
  const at::Tensor expected = encoders[1]->weight.grad().clone(),
                   by_tau = objective->parameters()[0].grad().clone();
  encoders[1]->zero_grad();
  objective->zero_grad();
  contrast_with_gradient_cache(
      objective, 3, [&](std::int64_t pass) { return encode(4 * pass, 4); }, range(12));
  EXPECT_TRUE(at::allclose(encoders[1]->weight.grad(), expected, 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(objective->parameters()[0].grad(), by_tau, 1e-4, 1e-6));
}

// Three views of `bits` random bits, the third the exclusive or of the others: each pair shares 0
// bits, all three together `bits`.
constexpr std::int64_t bits = 5;

std::vector<at::Tensor> draw_xor(std::int64_t n) {
  const at::Tensor a = at::randint(2, {n, bits}, at::kFloat),
                   b = at::randint(2, {n, bits}, at::kFloat);
  return {a, b, (a - b).abs()};
}

struct Learned {
  double accuracy = 0;  ///< of the third view among all 2^bits, given the other two
  double nats = 0;      ///< what fresh samples show, by ContrastFigures::training_estimate
  double tau = 0;
};

Learned learn_xor(const Loss& loss) {
  at::manual_seed(11);
  std::vector<torch::nn::Linear> encoders;
  Objective objective({.loss = loss, .graph = ViewGraph::full(3)});
  std::vector<at::Tensor> parameters = objective->parameters();
  for (int v = 0; v < 3; ++v) {
    encoders.emplace_back(bits, 16);
    for (const at::Tensor& each : encoders.back()->parameters()) parameters.push_back(each);
  }
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(0.05));
  const auto encode = [&](const std::vector<at::Tensor>& views) {
    std::vector<at::Tensor> z;
    for (std::size_t v = 0; v < 3; ++v) z.push_back(encoders[v](views[v]));
    return z;
  };
  for (int step = 0; step < 150; ++step) {
    const auto z = encode(draw_xor(64));
    optimizer.zero_grad();
    objective->forward(z, range(64)).loss.backward();
    optimizer.step();
    objective->update(range(64), z);
  }
  const at::NoGradGuard no_grad;
  Learned learned;
  for (int i = 0; i < 4; ++i)
    learned.nats +=
        objective->measure(encode(draw_xor(256)), range(256)).figures().training_estimate() / 4;
  learned.tau = objective->temperature().item<double>();
  const at::Tensor places = at::arange(bits, at::kLong), codes = at::arange(1 << bits, at::kLong);
  const at::Tensor every =
      at::bitwise_and(at::bitwise_right_shift(codes.unsqueeze(1), places), 1).to(at::kFloat);
  const auto views = draw_xor(1000);
  const at::Tensor truth =
      (views[2].to(at::kLong) * (at::ones({}, at::kLong) * 2).pow(places)).sum(1);
  const auto z = encode(views);
  const at::Tensor third = encoders[2](every);
  const at::Tensor scores =
      std::holds_alternative<MultilinearOptions>(loss)
          ? multilinear_scores({z[0], z[1]}, third)
          : multilinear_scores({z[0]}, third) + multilinear_scores({z[1]}, third);
  learned.accuracy = (scores.argmax(1) == truth).to(at::kDouble).mean().item<double>();
  return learned;
}

TEST(Multilinear, LearnsWhatNoPairOfViewsShares) {
  const double shared = bits * std::numbers::ln2;
  const LearnedTemperature tau{.initial = 0.07};
  const Learned together = learn_xor(MultilinearOptions{.temperature = tau});
  EXPECT_GE(together.accuracy, 0.95);
  EXPECT_GT(together.nats, 0.95 * shared);
  EXPECT_LT(together.nats, shared + 0.05) << "no bound on the total correlation exceeds it";
  EXPECT_NE(together.tau, 0.07);
  const Learned in_pairs = learn_xor(KPairOptions{.temperature = tau});
  EXPECT_LT(in_pairs.accuracy, 0.07) << "chance is 1/32";
  EXPECT_LT(in_pairs.nats, 0.05);
}

}  // namespace
}  // namespace cmc::contrast
