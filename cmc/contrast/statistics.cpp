#include "cmc/contrast/statistics.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "cmc/contrast/losses/k_pair.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

at::Tensor mean_of(const at::Tensor& values) {
  return values.detach().mean();
}

/// The numbers of a DirectionResult.
at::Tensor numbers_of(const DirectionScores& scores, const at::Tensor& temperature) {
  const ScoreStatistics& statistics = scores.statistics;
  // By more than rounding: embeddings that are all alike put no positive first.
  const at::Tensor first = statistics.positive.detach() > statistics.hardest + 1e-6;
  const auto options = temperature.options().dtype(at::kDouble);
  std::vector<at::Tensor> numbers = {
      temperature.detach(),
      mean_of(statistics.counts.to(at::kDouble)),
      mean_of(scores.per_anchor),
      mean_of(statistics.k_pair),
      mean_of(first.to(at::kDouble)),
      mean_of(statistics.positive),
      statistics.negative.detach(),
      scores.log_z.defined() ? scores.log_z.detach() : at::full({}, std::nan(""), options)};
  for (at::Tensor& number : numbers) number = number.to(at::kDouble);
  return at::stack(numbers);
}

at::Tensor numbers_without_negatives(const at::Tensor& temperature) {
  const auto options = temperature.options().dtype(at::kDouble);
  return at::cat({temperature.detach().to(options).reshape(1), at::zeros({6}, options),
                  at::full({1}, std::nan(""), options)});
}

}  // namespace

ScoreStatistics statistics_of(const Similarities& similarities, const at::Tensor& temperature) {
  at::NoGradGuard no_grad;
  ScoreStatistics statistics;
  statistics.counts = negative_counts(similarities);
  statistics.k_pair = k_pair(similarities, temperature);
  statistics.positive = similarities.positive;
  statistics.hardest = masked_negatives(similarities, -4).amax(1);
  statistics.negative =
      masked_negatives(similarities, 0).sum(at::kDouble) / statistics.counts.sum().clamp_min(1);
  return statistics;
}

DirectionResult summarised(const ViewPair& pair, const at::Tensor& rows, std::int64_t anchors,
                           const std::optional<DirectionScores>& scores,
                           const at::Tensor& temperature) {
  return {.pair = pair,
          .per_anchor = scores ? scores->per_anchor : at::Tensor(),
          .rows = rows,
          .anchors = anchors,
          .numbers =
              scores ? numbers_of(*scores, temperature) : numbers_without_negatives(temperature)};
}

void count_empty(ContrastResult& result) {
  bool pairs = false;
  for (const DirectionResult& direction : result.directions) {
    if (!direction.per_anchor.defined()) ++result.empty_directions;
    pairs = pairs || direction.pair.candidate != every_other_view;
  }
  const bool some = result.loss.defined();
  check(some || pairs,
        "no tuple of views has a candidate negative: a batch needs as many samples that have every "
        "view and are no duplicates as there are views");
  check(some,
        "no pair of views has a candidate negative: a batch needs two samples that have both views "
        "and are neither duplicates nor positives of each other");
}

}  // namespace cmc::contrast
