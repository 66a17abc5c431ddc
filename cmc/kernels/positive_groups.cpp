#include "cmc/kernels/positive_groups.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <limits>
#include <unordered_map>

#include "cmc/error.h"

namespace cmc::kernels {
namespace {

at::Tensor by_columns(const at::Tensor& groups) {
  return groups.dim() == 1 ? groups.unsqueeze(1) : groups;
}

/// Numbers that are not negative as numbers of 32 bits, equal ones as equal ones.
class Renumbered {
 public:
  std::int32_t operator()(std::int64_t group) {
    return numbers_.try_emplace(group, static_cast<std::int32_t>(numbers_.size())).first->second;
  }

 private:
  std::unordered_map<std::int64_t, std::int32_t> numbers_;
};

/// [rows, C] as [C][rows].
template <class Number>
std::vector<std::int32_t> transposed(const at::Tensor& groups, std::int32_t none,
                                     const Number& number) {
  const at::Tensor held = groups.cpu().contiguous();
  const std::int64_t rows = held.size(0), columns = held.size(1);
  const auto* from = held.data_ptr<std::int64_t>();
  std::vector<std::int32_t> to(static_cast<std::size_t>(rows * columns));
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t group = from[r * columns + c];
      to[c * rows + r] = group < 0 ? none : number(group);
    }
  return to;
}

bool all_small(const at::Tensor& groups) {
  return groups.numel() == 0 ||
         groups.max().item<std::int64_t>() <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace

void check_positive_groups(const at::Tensor& groups, std::int64_t rows, const char* name) {
  check(groups.defined() && groups.scalar_type() == at::kLong &&
            (groups.dim() == 1 || groups.dim() == 2) && groups.size(0) == rows &&
            groups.size(-1) > 0,
        "{} are {}; they must be int64 [{}], or [{}, columns]", name,
        groups.defined() ? fmt::format("{} [{}]", c10::toString(groups.scalar_type()),
                                       fmt::join(groups.sizes(), ", "))
                         : "missing",
        rows, rows);
}

PositiveGroups::PositiveGroups(const at::Tensor& anchors, const at::Tensor& candidates)
    : columns_(by_columns(anchors).size(1)),
      anchor_count_(anchors.size(0)),
      candidate_count_(candidates.size(0)) {
  const at::Tensor a = by_columns(anchors), b = by_columns(candidates);
  check(b.size(1) == columns_, "the anchors have groups in {} columns and the candidates in {}",
        columns_, b.size(1));
  if (all_small(a) && all_small(b)) {
    const auto same = [](std::int64_t group) { return static_cast<std::int32_t>(group); };
    anchors_ = transposed(a, -1, same);
    candidates_ = transposed(b, -2, same);
    return;
  }
  Renumbered number;
  anchors_ = transposed(a, -1, [&](std::int64_t group) { return number(group); });
  candidates_ = transposed(b, -2, [&](std::int64_t group) { return number(group); });
}

at::Tensor positive_mask(const at::Tensor& anchors, const at::Tensor& candidates) {
  const at::Tensor a = by_columns(anchors), b = by_columns(candidates);
  check(a.size(1) == b.size(1), "the anchors have groups in {} columns and the candidates in {}",
        a.size(1), b.size(1));
  at::Tensor mask;
  for (std::int64_t c = 0; c < a.size(1); ++c) {
    const at::Tensor own = a.select(1, c).unsqueeze(1), other = b.select(1, c).unsqueeze(0);
    const at::Tensor shared = own.eq(other).logical_and(own >= 0);
    mask = mask.defined() ? mask.logical_or(shared) : shared;
  }
  return mask;
}

}  // namespace cmc::kernels
