#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/contrast/losses/loss.h"
#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"
#include "tests/float_reads.h"

namespace cmc::contrast {
namespace {

constexpr double tried_tau = 0.3, tried_bias = -2.5;

std::vector<at::Tensor> float64_views() {
  std::vector<at::Tensor> z;
  for (int view = 0; view < 3; ++view) z.push_back(at::randn({6, 8}, at::kDouble).requires_grad_());
  return z;
}

// Embeddings in float64 take the kernels that every other device takes.
TEST(Reads, AStepOfAnObjectiveReadsNoNumberOfItsEmbeddingsDevice) {
  at::manual_seed(1);
  using Bank = MemoryBankOptions;
  const std::vector<Loss> losses = {
      KPairOptions{.temperature = tried_tau},
      KPairOptions{.temperature = LearnedTemperature{.initial = tried_tau}},
      KPairOptions{.temperature = tried_tau, .class_prior = 0.1},
      NtXentOptions{.temperature = tried_tau},
      LogisticOptions{.temperature = tried_tau},
      NceOptions{.temperature = tried_tau},
      TripletOptions{.mining = Mining::semi_hard},
      SigmoidOptions{.temperature = tried_tau, .bias = tried_bias},
      DecoupledOptions{.temperature = tried_tau, .weight_sigma = 0.5},
      MultiPositiveOptions{.temperature = tried_tau},
      MultilinearOptions{.temperature = tried_tau},
      VicRegOptions{},
      BarlowTwinsOptions{}};
  const std::vector<Negatives> sources = {
      BatchOptions{}, Bank{.samples = 12, .dim = 8, .k = 5},
      Bank{.samples = 12, .dim = 8, .k = 5, .draw = Bank::Draw::shared},
      Bank{.samples = 12, .dim = 8, .k = Bank::all, .positive = Bank::Positive::bank},
      QueueOptions{.length = 6, .dim = 8}};
  const at::Tensor groups = at::arange(12, at::kLong).floor_divide(2);
  // Three samples lack the third view.
  at::Tensor present = at::ones({6, 3}, at::kBool);
  present.select(1, 2).narrow(0, 1, 3).fill_(false);
  for (const Loss& loss : losses)
    for (const Negatives& negatives : sources) {
      if (of_batch_alone(loss) && negatives.index() > 0) continue;
      SCOPED_TRACE(fmt::format("loss {} source {}", loss.index(), negatives.index()));
      Objective objective(
          {.loss = loss,
           .graph = ViewGraph::full(3),
           .negatives = negatives,
           .groups = groups,
           .positives = takes_positives(loss) ? groups.remainder(3) : at::Tensor()});
      const auto z = float64_views();
      const BatchExtras extras{.present = present, .keys = float64_views()};
      objective->update(range(6) * 2, float64_views(), extras);
      const FloatReads reads({tried_tau, 0.07, tried_bias});
      const ContrastResult result = objective->forward(z, range(6) + 3, extras);
      result.loss.backward();
      const at::Tensor numbers = result.numbers();
      objective->update(range(6) + 3, z, extras);
      EXPECT_EQ(reads.count(), 0);
      EXPECT_GT(reads.all(), 0);
      EXPECT_FALSE(numbers.requires_grad());
      EXPECT_TRUE(std::isfinite(result.figures().loss));
    }
}

}  // namespace
}  // namespace cmc::contrast
