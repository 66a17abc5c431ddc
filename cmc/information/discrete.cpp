#include "cmc/information/discrete.h"

#include <ATen/ATen.h>

#include "cmc/error.h"

namespace cmc::information {
namespace {

void check_outcomes(const at::Tensor& values, std::int64_t outcomes, const char* name) {
  check(values.dim() == 1 && values.scalar_type() == at::kLong && values.numel() > 0,
        "{} is int64 [N], the outcome of each sample", name);
  const auto least = values.min().item<std::int64_t>(), most = values.max().item<std::int64_t>();
  check(least >= 0 && most < outcomes, "{} has the outcome {}; outcomes are 0 … {}", name,
        least < 0 ? least : most, outcomes - 1);
}

void check_joint(const at::Tensor& joint) {
  check(joint.dim() == 2, "joint counts are a matrix [X, Y]");
}

}  // namespace

at::Tensor joint_counts(const at::Tensor& x, const at::Tensor& y, std::int64_t x_outcomes,
                        std::int64_t y_outcomes) {
  check_outcomes(x, x_outcomes, "x");
  check_outcomes(y, y_outcomes, "y");
  check(x.size(0) == y.size(0), "{} outcomes of x for {} of y", x.size(0), y.size(0));
  return at::bincount(x * y_outcomes + y, {}, x_outcomes * y_outcomes)
      .view({x_outcomes, y_outcomes});
}

double entropy(const at::Tensor& counts, EntropyCorrection correction) {
  const at::Tensor values = counts.to(at::kDouble);
  check(values.numel() > 0 && values.min().item<double>() >= 0,
        "counts are not negative, and there is at least one");
  const double total = values.sum().item<double>();
  check(total > 0, "the counts are all 0: there is nothing to take the entropy of");
  const at::Tensor p = values / total;
  const double plain = -at::xlogy(p, p).sum().item<double>();
  if (correction == EntropyCorrection::none) return plain;
  const double seen = (values > 0).sum().item<double>();
  return plain + (seen - 1) / (2 * total);
}

double conditional_entropy(const at::Tensor& joint, EntropyCorrection correction) {
  check_joint(joint);
  return entropy(joint, correction) - entropy(joint.sum(0), correction);
}

double mutual_information(const at::Tensor& joint, EntropyCorrection correction) {
  check_joint(joint);
  return entropy(joint.sum(1), correction) - conditional_entropy(joint, correction);
}

}  // namespace cmc::information
