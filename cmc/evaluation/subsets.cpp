#include "cmc/evaluation/subsets.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::evaluation {

at::Tensor labelled(const at::Tensor& labels) {
  return at::nonzero(labels >= 0).flatten();
}

at::Tensor stratified_subset(const at::Tensor& labels, std::int64_t n, std::uint64_t seed) {
  const at::Tensor own = labels.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* const label = own.data_ptr<std::int64_t>();
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < own.numel(); ++i) {
    if (label[i] < 0) continue;
    classes[label[i]].push_back(i);
    ++total;
  }
  check(n > 0 && n <= total, "a subset of {} labels was asked for: there are {} labelled samples",
        n, total);
  std::vector<std::vector<std::int64_t>> shuffled;
  for (const auto& [value, members] : classes) {
    const auto count = static_cast<std::int64_t>(members.size());
    std::vector<std::int64_t> order =
        permutation(count, RandomStream(seed, 0, static_cast<std::uint64_t>(value)));
    for (std::int64_t& i : order) i = members[i];
    shuffled.push_back(std::move(order));
  }
  // One of each class in turn, the classes in a random order, so that a remainder falls on any of
  // them.
  const std::vector<std::int64_t> turn =
      permutation(static_cast<std::int64_t>(shuffled.size()), RandomStream(seed, 1));
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
