#include "cmc/evaluation/folds.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

/// Samples of each class in each fold.
std::map<std::int64_t, std::map<std::int64_t, int>> counts(const at::Tensor& folds,
                                                           const at::Tensor& labels) {
  std::map<std::int64_t, std::map<std::int64_t, int>> table;
  for (std::int64_t i = 0; i < folds.size(0); ++i)
    ++table[labels[i].item<std::int64_t>()][folds[i].item<std::int64_t>()];
  return table;
}

std::vector<std::string> own_groups(std::int64_t n) {
  std::vector<std::string> groups;
  for (std::int64_t i = 0; i < n; ++i) groups.push_back(std::to_string(i));
  return groups;
}

TEST(Folds, HoldEachClassAlikeWhereSamplesAreTheirOwnGroups) {
  // Classes of 43, 22, 11 and 5 in a mixed order.
  std::vector<std::int64_t> values;
  for (const auto& [label, n] : {std::pair(0, 43), {1, 22}, {2, 11}, {3, 5}})
    values.insert(values.end(), n, label);
  const at::Tensor order =
      at::tensor(permutation(81, RandomStream(RandomPurpose::made_data, 3)), at::kLong);
  const at::Tensor labels = at::tensor(values, at::kLong).index_select(0, order);
  const at::Tensor folds = deal_folds(labels, own_groups(81), 5, 1);
  const std::map<std::int64_t, int> least = {{0, 8}, {1, 4}, {2, 2}, {3, 1}};
  for (const auto& [label, by_fold] : counts(folds, labels)) {
    ASSERT_EQ(by_fold.size(), 5u);
    for (const auto& [fold, n] : by_fold) {
      EXPECT_GE(n, least.at(label));
      EXPECT_LE(n, least.at(label) + 1);
    }
  }
  const at::Tensor sizes = at::bincount(folds);
  EXPECT_LE((sizes.max() - sizes.min()).item<std::int64_t>(), 1);
  EXPECT_FALSE(at::equal(folds, deal_folds(labels, own_groups(81), 5, 2)));
}

TEST(Folds, TearNoGroupApart) {
  // 12 groups of 4 to 15 samples that are mostly of one class, as recordings are.
  RandomStream stream(RandomPurpose::made_data, 5);
  std::vector<std::int64_t> values;
  std::vector<std::string> groups;
  for (int group = 0; group < 12; ++group) {
    for (int i = 0; i < 4 + group; ++i) {
      values.push_back(stream.below(5) == 0 ? 2 : group % 2);
      groups.push_back(fmt::format("walk {}", group));
    }
  }
  const at::Tensor labels = at::tensor(values, at::kLong);
  const at::Tensor folds = deal_folds(labels, groups, 3, 0);
  std::map<std::string, std::set<std::int64_t>> seen;
  for (std::size_t i = 0; i < groups.size(); ++i)
    seen[groups[i]].insert(folds[static_cast<std::int64_t>(i)].item<std::int64_t>());
  for (const auto& [group, own] : seen) EXPECT_EQ(own.size(), 1u) << group;
  // Two groups of each of the first two classes to a fold: each within a third of its even share.
  const auto table = counts(folds, labels);
  for (const std::int64_t label : {0, 1}) {
    int all = 0;
    for (const auto& [fold, n] : table.at(label)) all += n;
    for (std::int64_t fold = 0; fold < 3; ++fold)
      EXPECT_NEAR(table.at(label).at(fold), all / 3.0, all / 9.0) << label << " in " << fold;
  }
}

TEST(Folds, AreNoMoreThanGroups) {
  const at::Tensor labels = at::tensor({0, 1, 0, 1, 0, 1}, at::kLong);
  const at::Tensor folds = deal_folds(labels, {"a", "a", "b", "b", "c", "c"}, 5, 0);
  EXPECT_TRUE(at::equal(at::bincount(folds), at::tensor({2, 2, 2}, at::kLong)));
  EXPECT_THROW(deal_folds(labels, std::vector<std::string>(6, "a"), 5, 0), Error);
  EXPECT_THROW(deal_folds(labels, own_groups(5), 5, 0), Error);
}

TEST(Folds, AreNotEmptyWhereAClassHasFewerSamplesThanThereAreFolds) {
  const at::Tensor labels = at::arange(30, at::kLong) % 10;  // 3 of each
  EXPECT_TRUE(at::equal(at::bincount(deal_folds(labels, own_groups(30), 5, 0)),
                        at::full({5}, 6, at::kLong)));
}

}  // namespace
}  // namespace cmc::evaluation
