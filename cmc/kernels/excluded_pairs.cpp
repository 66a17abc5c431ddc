#include "cmc/kernels/excluded_pairs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "cmc/device.h"
#include "cmc/error.h"

namespace cmc::kernels {

void check_excluded(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns) {
  check(pairs.dim() == 2 && pairs.size(0) == 2 && pairs.scalar_type() == at::kLong,
        "the excluded pairs are int64 [2, E]: rows, then columns");
  if (pairs.size(1) == 0) return;
  const at::Tensor low = pairs.amin(1).cpu(), high = pairs.amax(1).cpu();
  for (int side = 0; side < 2; ++side) {
    const std::int64_t bound = side == 0 ? rows : columns;
    const auto least = low[side].item<std::int64_t>(), most = high[side].item<std::int64_t>();
    check(least >= 0 && most < bound, "an excluded pair names {} {}, which is not in 0 … {}",
          side == 0 ? "row" : "column", least < 0 ? least : most, bound - 1);
  }
}

ExcludedPairs::ExcludedPairs(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns) {
  if (!pairs.defined() || pairs.numel() == 0) return;
  check_excluded(pairs, rows, columns);
  const at::Tensor held = pairs.cpu().contiguous();
  const std::int64_t count = held.size(1), *row = held.data_ptr<std::int64_t>(),
                     *column = row + count;
  std::vector<std::pair<std::int64_t, std::int64_t>> sorted(count);
  for (std::int64_t e = 0; e < count; ++e) sorted[e] = {row[e], column[e]};
  if (!std::is_sorted(sorted.begin(), sorted.end())) std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());

  begins_.assign(rows + 1, 0);
  columns_.reserve(sorted.size());
  for (const auto& [r, c] : sorted) {
    ++begins_[r + 1];
    columns_.push_back(c);
  }
  for (std::int64_t r = 0; r < rows; ++r) begins_[r + 1] += begins_[r];
}

std::span<const std::int64_t> ExcludedPairs::columns(std::int64_t row, std::int64_t first,
                                                     std::int64_t last) const {
  if (columns_.empty()) return {};
  const auto begin = columns_.begin() + begins_[row], end = columns_.begin() + begins_[row + 1];
  const auto from = std::lower_bound(begin, end, first);
  const auto to = std::lower_bound(from, end, last);
  return {from, to};
}

void check_some_meet(std::int64_t pairs) {
  check(pairs > 0, "there is no candidate negative: the excluded pairs leave none");
}

at::Tensor excluded_mask(const at::Tensor& pairs, std::int64_t rows, std::int64_t columns,
                         at::Device device) {
  check_excluded(pairs, rows, columns);
  at::Tensor mask = at::zeros({rows, columns}, at::TensorOptions().dtype(at::kBool).device(device));
  const at::Tensor held = sent_to(pairs, device);
  mask.index_put_({held[0], held[1]}, at::ones({}, mask.options()));
  return mask;
}

}  // namespace cmc::kernels
