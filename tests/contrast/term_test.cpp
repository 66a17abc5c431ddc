#include "cmc/contrast/term.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"

namespace cmc::contrast {
namespace {

std::vector<at::Tensor> three_views() {
  at::manual_seed(21);
  return {at::randn({8, 5}), at::randn({8, 5}), at::randn({8, 5})};
}

/// The loss of one pair, both directions, by itself.
double alone(const Loss& loss, const at::Tensor& a, const at::Tensor& b, double forth = 1,
             double back = 1) {
  return Objective({.loss = loss, .graph = ViewGraph::list(2, {{0, 1, forth}, {1, 0, back}})})
      ->forward({a, b}, range(8))
      .loss.item<double>();
}

TEST(Term, APairHasALossOfItsOwn) {
  const auto z = three_views();
  const Loss own = KPairOptions{.temperature = 0.3}, first = LogisticOptions{.temperature = 0.2},
             second = TripletOptions{.margin = 0.4};
  const ContrastResult result =
      Objective(
          {.loss = own,
           .graph = ViewGraph::list(3, {{0, 1, 2}, {1, 0, 0.5}, {0, 2}, {2, 0}, {1, 2}, {2, 1}}),
           .pair_losses = {{.first = 1, .second = 0, .loss = first},
                           {.first = 0, .second = 2, .loss = second}}})
          ->forward(z, range(8));
  EXPECT_NEAR(result.loss.item<double>(),
              alone(own, z[1], z[2]) + alone(first, z[0], z[1], 2, 0.5) + alone(second, z[0], z[2]),
              1e-5);
  ASSERT_EQ(result.directions.size(), 6u);
  const ContrastFigures figures = result.figures();
  EXPECT_DOUBLE_EQ(figures.temperature, 0.3);
  for (std::size_t d = 0; d < 6; ++d) {
    const std::int64_t views =
        result.directions[d].pair.anchor + result.directions[d].pair.candidate;
    EXPECT_DOUBLE_EQ(figures.directions[d].temperature, views == 3 ? 0.3 : views == 1 ? 0.2 : 0.07);
  }
}

TEST(Term, EveryPairMayHaveOne) {
  const auto z = three_views();
  Objective objective(
      {.loss = NceOptions{},
       .pair_losses = {{.first = 0, .second = 1, .loss = KPairOptions{.temperature = 0.3}}}});
  EXPECT_NEAR(objective->forward({z[0], z[1]}, range(8)).loss.item<double>(),
              alone(KPairOptions{.temperature = 0.3}, z[0], z[1]), 1e-6);
  EXPECT_DOUBLE_EQ(objective->temperature().item<double>(), 0.3);
  EXPECT_FALSE(objective->named_buffers().contains("log_z"));
}

TEST(Term, LearnedTemperaturesAndRunningLogZsDoNotClash) {
  const auto z = three_views();
  const ObjectiveOptions options{
      .loss = KPairOptions{.temperature = LearnedTemperature{.initial = 0.3}},
      .graph = ViewGraph::full(3),
      .pair_losses = {{.first = 0,
                       .second = 1,
                       .loss = LogisticOptions{.temperature = LearnedTemperature{.initial = 0.2}}},
                      {.first = 1, .second = 2, .loss = NceOptions{.temperature = 0.5}}}};
  Objective objective(options);
  const auto parameters = objective->named_parameters();
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_NEAR(parameters["log_inverse_temperature"].item<double>(), -std::log(0.3), 1e-6);
  EXPECT_NEAR(parameters["pair_0_1.log_inverse_temperature"].item<double>(), -std::log(0.2), 1e-6);
  const ContrastResult result = objective->forward(z, range(8));
  result.loss.backward();
  for (const auto& parameter : parameters)
    EXPECT_NE(parameter.value().grad().item<double>(), 0) << parameter.key();
  // log Z is the mean of the directions that have one, not NaN for the others.
  double log_z = 0;
  const ContrastFigures figures = result.figures();
  for (const DirectionFigures& direction : figures.directions)
    if (!std::isnan(direction.log_z)) log_z += direction.log_z / 2;
  EXPECT_NEAR(figures.log_z, log_z, 1e-12);
  objective->update(range(8), z);
  const auto buffers = objective->named_buffers();
  EXPECT_FALSE(buffers.contains("log_z"));
  EXPECT_FALSE(std::isnan(buffers["pair_1_2.log_z"][1][2].item<double>()));
  EXPECT_TRUE(std::isnan(buffers["pair_1_2.log_z"][0][1].item<double>()));

  // A state carried over by name gives the same loss.
  {
    const at::NoGradGuard no_grad;
    for (auto& parameter : objective->named_parameters()) parameter.value().add_(0.1);
  }
  Objective other(options);
  const at::NoGradGuard no_grad;
  for (auto& parameter : other->named_parameters())
    parameter.value().copy_(objective->named_parameters()[parameter.key()]);
  for (auto& buffer : other->named_buffers())
    buffer.value().copy_(objective->named_buffers()[buffer.key()]);
  EXPECT_EQ(other->forward(z, range(8)).loss.item<double>(),
            objective->forward(z, range(8)).loss.item<double>());
}

TEST(Term, EachPairIsReadAtTheTemperatureOfItsLoss) {
  Objective objective(
      {.loss = KPairOptions{.temperature = 0.07},
       .graph = ViewGraph::full(3),
       .pair_losses = {{.first = 2, .second = 1, .loss = LogisticOptions{.temperature = 0.4}}}});
  EXPECT_DOUBLE_EQ(objective->temperature(0, 1).item<double>(), 0.07);
  EXPECT_DOUBLE_EQ(objective->temperature(1, 2).item<double>(), 0.4);
  EXPECT_DOUBLE_EQ(objective->temperature(2, 1).item<double>(), 0.4);
  EXPECT_DOUBLE_EQ(objective->temperature(0, 2).item<double>(), 0.07);
  // A pair that is not contrasted is read at that of the loss.
  Objective core({.loss = KPairOptions{.temperature = 0.2}, .graph = ViewGraph::core(0, 3)});
  EXPECT_DOUBLE_EQ(core->temperature(1, 2).item<double>(), 0.2);
}

TEST(Term, ClampsEachLearnedTemperature) {
  const auto z = three_views();
  Objective objective(
      {.graph = ViewGraph::full(3),
       .pair_losses = {{.first = 0,
                        .second = 1,
                        .loss = KPairOptions{.temperature = LearnedTemperature{.initial = 0.2}}}}});
  {
    const at::NoGradGuard no_grad;
    objective->parameters()[0].fill_(9);
  }
  objective->update(range(8), z);
  EXPECT_NEAR(objective->parameters()[0].item<double>(), std::log(100.0), 1e-6);
}

TEST(Term, HeldOutSamplesAreReadAtTheTemperatureOfTheirOwnLoss) {
  const auto z = three_views();
  Objective objective(
      {.loss = TripletOptions{},
       .graph = ViewGraph::full(3),
       .pair_losses = {{.first = 0, .second = 2, .loss = LogisticOptions{.temperature = 0.4}}},
       .negatives = MemoryBankOptions{.samples = 20, .dim = 5, .k = 6}});
  const ContrastResult result = objective->measure(z, range(8) + 100);
  const double expected = alone(KPairOptions{.temperature = 0.07}, z[0], z[1]) +
                          alone(KPairOptions{.temperature = 0.07}, z[1], z[2]) +
                          alone(KPairOptions{.temperature = 0.4}, z[0], z[2]);
  const ContrastFigures figures = result.figures();
  EXPECT_NEAR(figures.k_pair_loss, expected / 6, 1e-5);
  EXPECT_DOUBLE_EQ(figures.k, 7);
  EXPECT_FALSE(result.loss.requires_grad());
}

TEST(Term, RefusesAPairThatCannotBe) {
  const auto refusal = [](const std::vector<PairLoss>& losses, const Negatives& negatives = {}) {
    return message([&] {
      Objective({.graph = ViewGraph::core(0, 3), .pair_losses = losses, .negatives = negatives});
    });
  };
  EXPECT_NE(refusal({{.first = 1, .second = 2}}).find("the pair (1, 2) has a loss of its own, but"),
            std::string::npos);
  EXPECT_NE(refusal({{.first = 0, .second = 1}, {.first = 1, .second = 0}}).find("given twice"),
            std::string::npos);
  EXPECT_NE(refusal({{.loss = KPairOptions{.temperature = -1.0}}}).find("pulls negatives closer"),
            std::string::npos);
  EXPECT_NE(refusal({{.loss = NtXentOptions{}}}, QueueOptions{.length = 6, .dim = 4})
                .find("the negatives must be BatchOptions"),
            std::string::npos);
}

}  // namespace
}  // namespace cmc::contrast
