#include "cmc/contrast/negatives/memory_bank.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/objective.h"
#include "cmc/random.h"
#include "tests/contrast/batches.h"

namespace cmc::contrast {
namespace {

/// Unit rows of the bank of view 1, in float64.
at::Tensor bank_rows(const Objective& objective) {
  return objective->named_buffers()["bank.vectors"][1].to(at::kDouble);
}

TEST(MemoryBank, WithAllItIsTheSoftmaxOverTheDataSet) {
  at::manual_seed(6);
  const at::Tensor a = at::randn({5, 8}), b = at::randn({5, 8});
  const at::Tensor indices = torch::tensor({7, 0, 19, 3, 4}, at::kLong);
  Objective objective(
      {.loss = KPairOptions{.temperature = 0.3},
       .negatives = MemoryBankOptions{.samples = 20, .dim = 8, .k = MemoryBankOptions::all}});
  const ContrastResult result = objective->forward({a, b}, indices);
  const at::Tensor bank = bank_rows(objective);
  for (int i = 0; i < 5; ++i) {
    const double own = unit(a[i]).dot(bank[indices[i].item<std::int64_t>()]).item<double>();
    double total = 1;
    for (int j = 0; j < 20; ++j)
      if (j != indices[i].item<std::int64_t>())
        total += std::exp((unit(a[i]).dot(bank[j]).item<double>() - own) / 0.3);
    EXPECT_NEAR(result.directions[0].per_anchor[i].item<double>(), std::log(total), 1e-5);
  }
  EXPECT_DOUBLE_EQ(result.figures().k, 19);
}

TEST(MemoryBank, KnowsFromTheFirstStepWhoHasAView) {
  at::manual_seed(6);
  at::Tensor present = at::ones({20, 2}, at::kBool);
  present[11][0] = false;
  present[12][1] = false;
  Objective objective(
      {.loss = KPairOptions{.temperature = 0.3},
       .negatives = MemoryBankOptions{.samples = 20, .dim = 8, .k = MemoryBankOptions::all},
       .present = present});
  const std::vector<at::Tensor> z = {at::randn({5, 8}), at::randn({5, 8})};
  EXPECT_DOUBLE_EQ(objective->forward(z, range(5)).figures().k, 17);
  objective->leave_out(torch::tensor({11, 15, 16}, at::kLong));
  EXPECT_DOUBLE_EQ(objective->forward(z, range(5)).figures().k, 15);
  EXPECT_NE(message([] {
              Objective({.negatives = MemoryBankOptions{.samples = 20, .dim = 8, .k = 3},
                         .present = at::ones({19, 2}, at::kBool)});
            }).find("bool [20, 2], not Bool [19, 2]"),
            std::string::npos);
}

TEST(MemoryBank, MovesAfterTheStepOnly) {
  at::manual_seed(7);
  const at::Tensor a = at::randn({3, 8}), b = at::randn({3, 8});
  const at::Tensor indices = torch::tensor({2, 5, 9}, at::kLong);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Objective objective({.negatives = MemoryBankOptions{
                             .samples = 10, .dim = 8, .k = 4, .momentum = 0.25, .dtype = type}});
    const at::Tensor before = bank_rows(objective).clone();
    const double first = objective->forward({a, b}, indices).loss.item<double>();
    EXPECT_TRUE(at::equal(bank_rows(objective), before));
    EXPECT_EQ(objective->forward({a, b}, indices).loss.item<double>(), first);
    objective->update(indices, {a, b});
    at::Tensor expected = before.clone();
    for (int i = 0; i < 3; ++i) {
      const at::Tensor fresh = b[i].to(at::kDouble) / b[i].to(at::kDouble).norm();
      const at::Tensor mixed = 0.25 * before[indices[i].item<std::int64_t>()] + 0.75 * fresh;
      expected[indices[i].item<std::int64_t>()] = mixed / mixed.norm();
    }
    EXPECT_LT((bank_rows(objective) - expected).abs().max().item<double>(),
              type == at::kFloat ? 1e-6 : 4e-3);
  }
}

TEST(MemoryBank, DrawsNeverHoldTheAnchorOrItsDuplicates) {
  const at::Tensor groups = torch::tensor({0, 0, 1, 2, 2, 2, 3}, at::kLong);
  const at::Tensor indices = torch::tensor({0, 4, 6}, at::kLong);
  const Draws draws = draw_per_anchor(indices, groups, {}, 7, 500, 1, 0, {0, 1});
  for (int i = 0; i < 3; ++i) {
    const at::Tensor met = groups.index_select(0, draws.picks[i]);
    EXPECT_FALSE((met == groups[indices[i].item<std::int64_t>()]).any().item<bool>());
    EXPECT_GE(std::get<0>(at::_unique(draws.picks[i])).numel(), 4);
  }
  EXPECT_TRUE(
      at::equal(draws.picks, draw_per_anchor(indices, groups, {}, 7, 500, 1, 0, {0, 1}).picks));
  EXPECT_FALSE(
      at::equal(draws.picks, draw_per_anchor(indices, groups, {}, 7, 500, 1, 1, {0, 1}).picks));
}

TEST(MemoryBank, DrawsAreNotThoseOfAViewWhereStepAndEpochAreTheSame) {
  const at::Tensor picks =
      draw_per_anchor(torch::tensor({11}, at::kLong), {}, {}, 1000, 50, 3, 7, {0, 1}).picks[0];
  for (const std::uint32_t view : {0u, 1u, RandomKey::joint}) {
    RandomStream of_view = RandomKey{.seed = 3, .epoch = 7, .sample = 11}.stream(view);
    int alike = 0;
    for (int j = 0; j < 50; ++j) alike += picks[j].item<std::int64_t>() == of_view.below(1000);
    EXPECT_LT(alike, 4) << view;
  }
}

}  // namespace
}  // namespace cmc::contrast
