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
