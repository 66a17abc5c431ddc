#include <ATen/ATen.h>

#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/reference/bank_pairs.h"
#include "cmc/kernels/reference/score_sums.h"
#include "cmc/kernels/sigmoid_bank_contrast.h"
#include "cmc/kernels/sigmoid_contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

/// −log σ(x) of the positives and what the negatives add; 0 where there is no negative.
at::Tensor losses(const at::Tensor& positive, const at::Tensor& temperature, const at::Tensor& bias,
                  const at::Tensor& negatives, const at::Tensor& hardest) {
  return (kernels::softplus(-(positive / temperature + bias)) + negatives)
      .masked_fill(hardest.isinf(), 0);
}

/// The k-pair losses of log Σ exp(s/τ), without gradient.
at::Tensor k_pair_of(const at::Tensor& log_sum, const at::Tensor& positive,
                     const at::Tensor& temperature) {
  return kernels::softplus(log_sum - positive.detach() / temperature.detach());
}

/// log Σ exp(s/τ) over the negatives, without gradient.
ScoreSums log_sums(const ScorePairs& pairs, const at::Tensor& temperature) {
  const at::NoGradGuard no_grad;
  return score_sums(ScoreSum::log_sum_exp, pairs, temperature);
}

}  // namespace

SigmoidContrast sigmoid_contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                           const at::Tensor& temperature, const at::Tensor& bias,
                                           const at::Tensor& excluded) {
  check_temperature(temperature);
  check_bias(bias);
  check_same(a, b, "a", "b");
  const ScorePairs pairs{.anchors = summed_rows(a, "a"),
                         .candidates = summed_rows(b, "b"),
                         .excluded = excluded,
                         .symmetric = true};
  check_two_samples(a);
  const at::Tensor positive = (pairs.anchors * pairs.candidates).sum(1);
  const ScoreSums sums = score_sums(ScoreSum::softplus, pairs, temperature, bias),
                  logs = log_sums(pairs, temperature);
  return {.rows = losses(positive, temperature, bias, sums.rows, sums.hardest_rows),
          .columns = losses(positive, temperature, bias, sums.columns, sums.hardest_columns),
          .positive = positive,
          .k_pair_rows = k_pair_of(logs.rows, positive, temperature),
          .k_pair_columns = k_pair_of(logs.columns, positive, temperature),
          .hardest_rows = sums.hardest_rows,
          .hardest_columns = sums.hardest_columns,
          .negative = sums.negative};
}

SigmoidBankContrast sigmoid_bank_contrast_reference(const at::Tensor& anchors,
                                                    const at::Tensor& positives,
                                                    const at::Tensor& bank,
                                                    const at::Tensor& temperature,
                                                    const at::Tensor& bias, const at::Tensor& picks,
                                                    const at::Tensor& excluded) {
  check_temperature(temperature);
  check_bias(bias);
  check_same(anchors, positives, "anchors", "positives");
  const at::Tensor unit = summed_rows(anchors, "anchors"),
                   matches = summed_rows(positives, "positives");
  const ScorePairs pairs = bank_pairs(unit, bank, picks, excluded);
  const at::Tensor positive = (pairs.anchors * matches).sum(1);
  const ScoreSums sums = score_sums(ScoreSum::softplus, pairs, temperature, bias);
  return {.loss = losses(positive, temperature, bias, sums.rows, sums.hardest_rows),
          .positive = positive,
          .k_pair = k_pair_of(log_sums(pairs, temperature).rows, positive, temperature),
          .hardest = sums.hardest_rows,
          .negative = sums.negative};
}

}  // namespace cmc::kernels
