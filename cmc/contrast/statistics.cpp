#include "cmc/contrast/statistics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/contrast/losses/k_pair.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

double mean_of(const at::Tensor& values) {
  return values.detach().mean().item<double>();
}

}  // namespace

ScoreStatistics statistics_of(const Similarities& similarities, const at::Tensor& temperature) {
  at::NoGradGuard no_grad;
  ScoreStatistics statistics;
  statistics.counts = negative_counts(similarities);
  statistics.k_pair = k_pair(similarities, temperature);
  statistics.positive = similarities.positive;
  statistics.hardest = masked_negatives(similarities, -4).amax(1);
  const double pairs = statistics.counts.sum().item<double>();
  statistics.negative =
      masked_negatives(similarities, 0).sum(at::kDouble).item<double>() / std::max(pairs, 1.0);
  return statistics;
}

DirectionResult summarised(const ViewPair& pair, const at::Tensor& rows, std::int64_t anchors,
                           const DirectionScores& scores) {
  const ScoreStatistics& statistics = scores.statistics;
  DirectionResult direction;
  direction.pair = pair;
  direction.per_anchor = scores.per_anchor;
  direction.rows = rows;
  direction.anchors = anchors;
  direction.k = mean_of(statistics.counts.to(at::kDouble));
  direction.loss = mean_of(scores.per_anchor);
  direction.k_pair_loss = mean_of(statistics.k_pair);
  // By more than rounding: embeddings that are all alike put no positive first.
  direction.positive_first =
      mean_of((statistics.positive.detach() > statistics.hardest + 1e-6).to(at::kDouble));
  direction.positive_similarity = mean_of(statistics.positive);
  direction.negative_similarity = statistics.negative;
  direction.log_z = scores.log_z;
  return direction;
}

void take_means(ContrastResult& result) {
  double with_negatives = 0, with_log_z = 0, log_z = 0;
  for (const DirectionResult& direction : result.directions) {
    if (direction.k == 0) {
      ++result.empty_directions;
      continue;
    }
    ++with_negatives;
    result.k += direction.k;
    result.k_pair_loss += direction.k_pair_loss;
    result.positive_first += direction.positive_first;
    result.positive_similarity += direction.positive_similarity;
    result.negative_similarity += direction.negative_similarity;
    if (std::isnan(direction.log_z)) continue;
    ++with_log_z;
    log_z += direction.log_z;
  }
  const bool pairs = std::ranges::any_of(result.directions, [](const DirectionResult& direction) {
    return direction.pair.candidate != every_other_view;
  });
  check(with_negatives > 0 || pairs,
        "no tuple of views has a candidate negative: a batch needs as many samples that have every "
        "view and are no duplicates as there are views");
  check(with_negatives > 0,
        "no pair of views has a candidate negative: a batch needs two samples that have both views "
        "and are neither duplicates nor positives of each other");
  for (double* sum : {&result.k, &result.k_pair_loss, &result.positive_first,
                      &result.positive_similarity, &result.negative_similarity})
    *sum /= with_negatives;
  result.log_z = log_z / with_log_z;  // NaN where no loss has one
}

}  // namespace cmc::contrast
