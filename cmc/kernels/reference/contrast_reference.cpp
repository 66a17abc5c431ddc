#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/reference/score_sums.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {

void check_two_samples(const at::Tensor& embeddings) {
  check(embeddings.size(0) != 1,
        "there is no candidate negative: the batch is 1 sample, and needs at least 2");
}

SymmetricContrast contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                     const at::Tensor& temperature, const at::Tensor& excluded) {
  check_temperature(temperature);
  check_same(a, b, "a", "b");
  const at::Tensor anchors = summed_rows(a, "a"), candidates = summed_rows(b, "b");
  check_two_samples(a);
  const at::Tensor positive = (anchors * candidates).sum(1);
  const ScoreSums sums = score_sums(
      ScoreSum::log_sum_exp,
      {.anchors = anchors, .candidates = candidates, .excluded = excluded, .symmetric = true},
      temperature);
  const at::Tensor rows = sums.rows - positive / temperature,
                   columns = sums.columns - positive / temperature;
  return {.rows = kernels::softplus(rows),
          .columns = kernels::softplus(columns),
          .positive = positive,
          .hardest_rows = sums.hardest_rows,
          .hardest_columns = sums.hardest_columns,
          .negative = sums.negative,
          .log_odds_rows = rows,
          .log_odds_columns = columns};
}

}  // namespace cmc::kernels
