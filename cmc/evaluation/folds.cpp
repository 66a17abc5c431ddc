#include "cmc/evaluation/folds.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

using Members = std::vector<std::int64_t>;

/// The samples of each group, the largest group first and equal ones in a random order.
std::vector<Members> members_by_size(const std::vector<std::string>& groups, std::uint64_t seed) {
  std::unordered_map<std::string, std::size_t> place;
  std::vector<Members> members;
  for (const std::int64_t i : permutation(static_cast<std::int64_t>(groups.size()),
                                          RandomStream(RandomPurpose::group_folds, seed))) {
    const auto [found, fresh] = place.try_emplace(groups[i], members.size());
    if (fresh) members.emplace_back();
    members[found->second].push_back(i);
  }
  std::ranges::stable_sort(members, std::ranges::greater(),
                           [](const Members& group) { return group.size(); });
  return members;
}

}  // namespace

at::Tensor deal_folds(const at::Tensor& labels, const std::vector<std::string>& groups, int folds,
                      std::uint64_t seed) {
  const at::Tensor own = labels.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* const label = own.data_ptr<std::int64_t>();
  check(own.dim() == 1 && own.size(0) == static_cast<std::int64_t>(groups.size()),
        "folds of {} labels and {} groups: a sample has one of each", own.numel(), groups.size());
  check(folds > 1, "folds = {}: it must be at least 2", folds);
  const std::vector<Members> dealt = members_by_size(groups, seed);
  check(dealt.size() > 1,
        "cross-validation needs samples of 2 groups or more: all {} with a label are of one{}",
        groups.size(), groups.empty() ? "" : fmt::format(", \"{}\"", groups.front()));

  const std::size_t classes = static_cast<std::size_t>(own.max().item<std::int64_t>()) + 1;
  std::vector<double> all(classes, 0);
  for (std::int64_t i = 0; i < own.size(0); ++i) ++all[label[i]];
  struct Fold {
    std::vector<double> classes;
    std::size_t samples = 0;
  };
  std::vector<Fold> cut(std::min(static_cast<std::size_t>(folds), dealt.size()),
                        {std::vector<double>(classes, 0)});
  at::Tensor result = at::empty({own.size(0)}, at::kLong);
  for (const Members& group : dealt) {
    const auto cost = [&](const Fold& fold) {
      double share = 0;
      for (const std::int64_t i : group) share += fold.classes[label[i]] / all[label[i]];
      return std::pair(share, fold.samples);
    };
    const auto chosen = std::ranges::min_element(cut, {}, cost);
    chosen->samples += group.size();
    for (const std::int64_t i : group) {
      ++chosen->classes[label[i]];
      result.data_ptr<std::int64_t>()[i] = chosen - cut.begin();
    }
  }
  return result;
}

FeatureParts parts_of_fold(const Features& features, const at::Tensor& folds, std::int64_t fold) {
  return {select(features, folds.ne(fold).nonzero().squeeze(1)),
          select(features, folds.eq(fold).nonzero().squeeze(1))};
}

}  // namespace cmc::evaluation
