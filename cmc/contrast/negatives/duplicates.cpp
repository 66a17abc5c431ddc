#include "cmc/contrast/negatives/duplicates.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

namespace cmc::contrast {
namespace {

using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

std::span<const std::int64_t> numbers(const at::Tensor& held) {
  return {held.data_ptr<std::int64_t>(), static_cast<std::size_t>(held.numel())};
}

Pairs equal_pairs(const at::Tensor& rows, const at::Tensor& columns) {
  const auto row = numbers(rows), column = numbers(columns);
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> places;
  for (std::size_t i = 0; i < row.size(); ++i) places[row[i]].push_back(i);
  Pairs pairs;
  for (std::size_t j = 0; j < column.size(); ++j) {
    const auto found = places.find(column[j]);
    if (found == places.end()) continue;
    for (const std::int64_t i : found->second) pairs.emplace_back(i, j);
  }
  return pairs;
}

at::Tensor to_tensor(Pairs pairs) {
  if (pairs.empty()) return {};
  std::sort(pairs.begin(), pairs.end());
  at::Tensor places = at::empty({2, static_cast<std::int64_t>(pairs.size())}, at::kLong);
  auto* row = places.data_ptr<std::int64_t>();
  for (const auto& [i, j] : pairs) {
    *row = i;
    row[pairs.size()] = j;
    ++row;
  }
  return places;
}

}  // namespace

at::Tensor equal_places(const at::Tensor& rows, const at::Tensor& columns) {
  return to_tensor(equal_pairs(rows.contiguous(), columns.contiguous()));
}

at::Tensor equal_places_apart(const at::Tensor& groups) {
  Pairs pairs = equal_pairs(groups.contiguous(), groups.contiguous());
  std::erase_if(pairs, [](const auto& pair) { return pair.first == pair.second; });
  return to_tensor(std::move(pairs));
}

}  // namespace cmc::contrast
