#include "cmc/contrast/sample_constraints.h"

#include <ATen/ATen.h>

#include "cmc/error.h"

namespace cmc::contrast {

at::Tensor SampleConstraints::groups_of(const at::Tensor& indices) const {
  return groups.defined() ? groups.index_select(0, indices) : indices;
}

void check_groups(const at::Tensor& groups) {
  check(!groups.defined() || (groups.dim() == 1 && groups.scalar_type() == at::kLong),
        "groups are int64 [n], one a sample");
}

}  // namespace cmc::contrast
