#include "cmc/information/label_information.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/information/discrete.h"
#include "cmc/information/unseen_sample.h"

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
  const at::Tensor counts = at::bincount(labels, {}, classes).to(at::kCPU);
  const auto n = static_cast<double>(labels.size(0));
  LabelInformation result;
  result.label_entropy = entropy(counts);
  result.cross_entropy = losses.mean().item<double>();
  const at::Tensor surprise = -(counts.to(at::kDouble) / n).log();  // −log p̂ of each class
  const at::Tensor values = surprise.index_select(0, labels.to(at::kCPU)) - losses;
  result.bound =
      skewed_interval({values.data_ptr<double>(), static_cast<std::size_t>(values.numel())});
  result.bound.low = low_with_unseen_sample(result.bound);
  const double raised = entropy(counts, EntropyCorrection::miller_madow) - result.label_entropy;
  result.bound.high = std::min(result.bound.high + raised, std::log(static_cast<double>(classes)));
  return result;
}

}  // namespace cmc::information
