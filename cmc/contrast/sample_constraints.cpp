#include "cmc/contrast/sample_constraints.h"

#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::contrast {

at::Tensor SampleConstraints::groups_of(const at::Tensor& indices) const {
  return groups.defined() ? groups.index_select(0, indices) : indices;
}

at::Tensor SampleConstraints::positives_of(const at::Tensor& indices) const {
  return positives.defined() ? positives.index_select(0, indices) : positives;
}

void check_groups(const at::Tensor& groups) {
  check(!groups.defined() || (groups.dim() == 1 && groups.scalar_type() == at::kLong),
        "groups are int64 [n], one a sample");
}

void check_hard_negatives(const at::Tensor& hard_negatives) {
  check(hard_negatives.dim() == 2 && hard_negatives.scalar_type() == at::kLong,
        "hard negatives are int64 [n, H], a row a sample");
  const std::int64_t n = hard_negatives.size(0);
  const at::Tensor known = hard_negatives.ge(-1).logical_and(hard_negatives.lt(n)),
                   own = hard_negatives.eq(at::arange(n, hard_negatives.options()).unsqueeze(1));
  if (const at::Tensor place = known.logical_not().nonzero(); place.size(0) > 0) {
    const auto row = place[0][0].item<std::int64_t>();
    fail("sample {} has the hard negative {}, which is no sample: there are {}", row,
         hard_negatives.index({place[0][0], place[0][1]}).item<std::int64_t>(), n);
  }
  if (const at::Tensor place = own.nonzero(); place.size(0) > 0)
    fail("sample {} is its own hard negative", place[0][0].item<std::int64_t>());
}

void check_positives(const at::Tensor& positives) {
  check(positives.dim() > 0, "positive groups are int64 [n] or [n, C]");
  kernels::check_positive_groups(positives, positives.size(0), "the positive groups");
  const at::Tensor columns = positives.dim() == 1 ? positives.unsqueeze(1) : positives;
  for (std::int64_t c = 0; c < columns.size(1) && columns.size(0) > 0; ++c) {
    const at::Tensor column = columns.select(1, c);
    check(column[0].item<std::int64_t>() < 0 || column.ne(column[0]).any().item<bool>(),
          "all samples are of one positive group: none would have a negative");
  }
}

}  // namespace cmc::contrast
