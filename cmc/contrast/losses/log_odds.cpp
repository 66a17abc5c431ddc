#include "cmc/contrast/losses/log_odds.h"

#include <ATen/ATen.h>

#include "cmc/contrast/losses/parts.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"

namespace cmc::contrast {

std::vector<LogOdds> log_odds(const Candidates& candidates, const at::Tensor& temperature) {
  const at::Tensor &anchors = candidates.anchors, &positives = candidates.positives,
                   &excluded = candidates.excluded, &counts = candidates.counts;
  if (candidates.both_directions()) {
    const auto both =
        kernels::contrast(anchors, positives, temperature, excluded, candidates.group);
    return {
        {both.log_odds_rows, {both.rows, both.positive, both.hardest_rows, counts, both.negative}},
        {both.log_odds_columns,
         {both.columns, both.positive, both.hardest_columns, counts, both.negative}}};
  }
  if (candidates.in_parts()) return {log_odds_of_parts(candidates, temperature)};
  const auto one = kernels::bank_contrast(anchors, positives, candidates.vectors, temperature,
                                          candidates.picks, excluded);
  return {{one.log_odds, {one.loss, one.positive, one.hardest, counts, one.negative}}};
}

}  // namespace cmc::contrast
