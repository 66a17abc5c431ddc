#include "cmc/information/label_information.h"

#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/information/discrete.h"

namespace cmc::information {

LabelInformation label_information(const at::Tensor& logits, const at::Tensor& labels) {
  check(logits.dim() == 2 && labels.dim() == 1 && labels.scalar_type() == at::kLong &&
            logits.size(0) == labels.size(0) && logits.size(0) > 0,
        "logits are [N, K] and labels int64 [N]");
  const std::int64_t classes = logits.size(1);
  check(labels.min().item<std::int64_t>() >= 0 && labels.max().item<std::int64_t>() < classes,
        "labels are within 0 … {}", classes - 1);
  const at::Tensor log_q = at::log_softmax(logits.to(at::kDouble), 1);
  const at::Tensor losses =
      -log_q.gather(1, labels.unsqueeze(1)).squeeze(1).to(at::kCPU).contiguous();
  LabelInformation result;
  result.label_entropy = entropy(at::bincount(labels, {}, classes));
  result.cross_entropy = losses.mean().item<double>();
  const at::Tensor values = result.label_entropy - losses;
  result.bound =
      confidence_interval({values.data_ptr<double>(), static_cast<std::size_t>(values.numel())});
  return result;
}

}  // namespace cmc::information
