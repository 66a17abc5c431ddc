#include "cmc/evaluation/subsets.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::evaluation {
namespace {

/// The indices of each class's samples in a random order, classes ascending, without those that
/// have no label.
std::vector<std::vector<std::int64_t>> shuffled_classes(const at::Tensor& labels,
                                                        RandomPurpose purpose, std::uint64_t seed) {
  const at::Tensor own = labels.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* const label = own.data_ptr<std::int64_t>();
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  for (std::int64_t i = 0; i < own.numel(); ++i)
    if (label[i] >= 0) classes[label[i]].push_back(i);
  std::vector<std::vector<std::int64_t>> shuffled;
  for (const auto& [value, members] : classes) {
    const auto count = static_cast<std::int64_t>(members.size());
    std::vector<std::int64_t> order =
        permutation(count, RandomStream(purpose, seed, 0, static_cast<std::uint64_t>(value)));
    for (std::int64_t& i : order) i = members[i];
    shuffled.push_back(std::move(order));
  }
  return shuffled;
}

/// One class after the other, each in a random order: what is dealt out from here in turn, each
/// class is dealt evenly.
at::Tensor class_by_class(const at::Tensor& labels, RandomPurpose purpose, std::uint64_t seed) {
  std::vector<std::int64_t> order;
  for (const std::vector<std::int64_t>& members : shuffled_classes(labels, purpose, seed))
    order.insert(order.end(), members.begin(), members.end());
  return at::tensor(order, at::kLong);
}

}  // namespace

at::Tensor labelled(const at::Tensor& labels) {
  return at::nonzero(labels >= 0).flatten();
}

at::Tensor evenly_spaced(std::int64_t rows, std::int64_t n) {
  if (n >= rows) return at::arange(rows, at::kLong);
  const at::Tensor i = at::arange(n, at::kLong);
  // ⌊i · rows / n⌋ without the product, which might not fit.
  return i * (rows / n) + (i * (rows % n)).div(n, "floor");
}

at::Tensor proportional_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed) {
  check(n > 0 && n <= labels.numel(), "a subset of {} labels was asked for: there are {}", n,
        labels.numel());
  const at::Tensor chosen = evenly_spaced(labels.numel(), n);
  return std::get<0>(
      class_by_class(labels, RandomPurpose::probe_subset, seed).index_select(0, chosen).sort());
}

at::Tensor stratified_folds(const at::Tensor& labels, int folds, std::uint64_t seed) {
  const at::Tensor turn = at::arange(labels.numel(), at::kLong).remainder(folds);
  return at::empty_like(turn).index_copy_(0, class_by_class(labels, RandomPurpose::folds, seed),
                                          turn);
}

at::Tensor stratified_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed) {
  const std::vector<std::vector<std::int64_t>> shuffled =
      shuffled_classes(labels, RandomPurpose::subset, seed);
  std::int64_t total = 0;
  for (const auto& members : shuffled) total += static_cast<std::int64_t>(members.size());
  check(n > 0 && n <= total, "a subset of {} labels was asked for: there are {} labelled samples",
        n, total);
  // One of each class in turn, the classes in a random order, so that a remainder falls on any of
  // them.
  const std::vector<std::int64_t> turn =
      permutation(static_cast<std::int64_t>(shuffled.size()),
                  RandomStream(RandomPurpose::subset_classes, seed));
  std::vector<std::int64_t> chosen;
  for (std::size_t round = 0; static_cast<std::int64_t>(chosen.size()) < n; ++round) {
    for (const std::int64_t c : turn) {
      if (round < shuffled[c].size() && static_cast<std::int64_t>(chosen.size()) < n) {
        chosen.push_back(shuffled[c][round]);
      }
    }
  }
  std::ranges::sort(chosen);
  return at::tensor(chosen, at::kLong);
}

}  // namespace cmc::evaluation
