#include "cmc/evaluation/confusion.h"

#include <ATen/ATen.h>

#include "cmc/error.h"

namespace cmc::evaluation {

std::vector<std::vector<std::int64_t>> confusion_matrix(const at::Tensor& labels,
                                                        const at::Tensor& predictions,
                                                        std::int64_t classes) {
  check(labels.dim() == 1 && labels.sizes() == predictions.sizes(),
        "a confusion matrix needs as many predictions ({}) as labels ({})", predictions.numel(),
        labels.numel());
  const at::Tensor truth = labels.contiguous(), guess = predictions.contiguous();
  std::vector<std::vector<std::int64_t>> counts(classes, std::vector<std::int64_t>(classes, 0));
  for (std::int64_t i = 0; i < truth.numel(); ++i) {
    const std::int64_t c = truth.data_ptr<std::int64_t>()[i];
    const std::int64_t p = guess.data_ptr<std::int64_t>()[i];
    check(c >= 0 && c < classes && p >= 0 && p < classes,
          "sample {} has label {} and prediction {}: both must be 0 … {}", i, c, p, classes - 1);
    ++counts[c][p];
  }
  return counts;
}

}  // namespace cmc::evaluation
