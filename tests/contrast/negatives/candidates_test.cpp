#include "cmc/contrast/negatives/candidates.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <vector>

#include "cmc/contrast/negatives/negative_source.h"
#include "tests/contrast/batches.h"

namespace cmc::contrast {
namespace {

using Counts = std::vector<std::int64_t>;

Counts counts_of(const std::optional<Candidates>& candidates) {
  if (!candidates) return {};
  const at::Tensor& counts = candidates->counts;
  return {counts.data_ptr<std::int64_t>(), counts.data_ptr<std::int64_t>() + counts.numel()};
}

TEST(Candidates, CountTheNegativesOfEachAnchor) {
  struct Case {
    const char* of;
    at::Tensor vectors, picks, excluded;
    Counts expected;
  };
  const at::Tensor none, three = at::randn({3, 2}), seven = at::randn({7, 2});
  const at::Tensor pairs = torch::tensor({{0, 0, 2}, {1, 2, 0}}, at::kLong);
  for (const Case& c :
       std::vector<Case>{{"the batch", none, none, none, {2, 2, 2}},
                         {"the batch with duplicates", none, none, pairs, {0, 2, 1}},
                         {"all vectors", seven, none, pairs, {5, 7, 6}},
                         {"shared picks", seven, at::zeros({4}, at::kLong), pairs, {2, 4, 3}},
                         {"own picks", seven, at::zeros({3, 5}, at::kLong), none, {5, 5, 5}},
                         {"nobody", seven, at::zeros({0}, at::kLong), none, {}}})
    EXPECT_EQ(counts_of(counted({.pair = {},
                                 .anchors = three,
                                 .positives = three,
                                 .vectors = c.vectors,
                                 .picks = c.picks,
                                 .excluded = c.excluded})),
              c.expected)
        << c.of;
}

TEST(Candidates, OfEverySourceLeaveOutTheAnchorAndItsDuplicates) {
  // Samples 4 and 0 of the batch (5, 4, 0) are duplicates; the bank has sample 2 of their group
  // too.
  const std::vector<at::Tensor> z = {at::randn({3, 2}), at::randn({3, 2})};
  const SampleConstraints constraints{.groups = torch::tensor({7, 1, 7, 3, 7, 5}, at::kLong),
                                      .present = {}};
  const EmbeddedBatch batch{
      .embeddings = z, .indices = torch::tensor({5, 4, 0}, at::kLong), .present = {}, .keys = z};
  using Bank = MemoryBankOptions;
  struct Case {
    const char* of;
    Negatives negatives;
    Counts expected;
  };
  for (const Case& c :
       std::vector<Case>{{"batch", BatchOptions{}, {2, 1, 1}},
                         {"bank, all", Bank{.samples = 6, .dim = 2, .k = Bank::all}, {5, 3, 3}},
                         {"bank, drawn", Bank{.samples = 6, .dim = 2, .k = 4}, {4, 4, 4}},
                         {"queue", QueueOptions{.length = 6, .dim = 2}, {2, 1, 1}}}) {
    const auto source = make_negative_source(c.negatives, 2, constraints, 1);
    const PairBatch part(batch, {0, 1}, source->positives(batch));
    EXPECT_EQ(counts_of(source->candidates(part, 0)), c.expected) << c.of;
  }
}

}  // namespace
}  // namespace cmc::contrast
