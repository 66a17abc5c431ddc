#include "cmc/contrast/negatives/queue.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/objective.h"
#include "tests/contrast/batches.h"

namespace cmc::contrast {
namespace {

TEST(Queue, KeepsTheNewestAndItsPlace) {
  Objective objective({.loss = KPairOptions{.temperature = 0.5},
                       .negatives = QueueOptions{.length = 5, .dim = 2, .recent = 1}});
  const auto keys = [](float x) {
    return BatchExtras{.keys = {at::full({2, 2}, x), at::full({2, 2}, -x)}};
  };
  const std::vector<at::Tensor> z = {at::ones({2, 2}), at::ones({2, 2})};
  EXPECT_EQ(objective->forward(z, range(2), keys(1)).figures().k,
            1);  // empty: the batch's own alone
  for (int push = 0; push < 3; ++push)
    objective->update(range(2) + 2 * push, z, keys(static_cast<float>(push + 1)));
  const auto buffers = objective->named_buffers();
  EXPECT_TRUE(at::equal(buffers["queue.samples"], torch::tensor({5, 1, 2, 3, 4}, at::kLong)));
  EXPECT_EQ(buffers["queue.pushed"].item<std::int64_t>(), 6);
  // Five in all: the batch's two, one of them its own, and the newest three.
  EXPECT_DOUBLE_EQ(objective->forward(z, range(2), keys(1)).figures().k, 4);
}

TEST(Queue, ReachesBackFurtherAsTrainingGoesOn) {
  at::manual_seed(13);
  Objective objective({.negatives = QueueOptions{.length = 40, .dim = 4, .recent = 0.25}});
  const auto k_of = [&](std::int64_t first) {
    const std::vector<at::Tensor> z = {at::randn({4, 4}), at::randn({4, 4})};
    const double k =
        objective->forward(z, range(4) + first, {.present = {}, .keys = z}).figures().k;
    objective->update(range(4) + first, z, {.present = {}, .keys = z});
    return k;
  };
  // The batch's own three, and of 0, 4, 8, … keys a quarter.
  for (std::int64_t step = 0; step < 36; ++step)
    EXPECT_EQ(k_of(4 * step), static_cast<double>(3 + step)) << step;
  // The newest 40, of which four are the batch's; a sample of the batch is met as it is now alone.
  EXPECT_EQ(k_of(200), 39);
  EXPECT_EQ(k_of(200), 35);
  EXPECT_THROW(Objective({.negatives = QueueOptions{.recent = 0}}), Error);
}

}  // namespace
}  // namespace cmc::contrast
