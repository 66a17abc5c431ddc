#include "cmc/contrast/losses/read_as_k_pair.h"

#include <ATen/ATen.h>

#include <utility>

#include "cmc/contrast/losses/k_pair.h"

namespace cmc::contrast {

std::vector<ScoreStatistics> read_as_k_pair(const Candidates& candidates,
                                            const at::Tensor& temperature) {
  const at::NoGradGuard no_grad;
  LossState none;
  std::vector<ScoreStatistics> statistics;
  for (DirectionScores& direction : score(KPairOptions{}, candidates, temperature, none))
    statistics.push_back(std::move(direction.statistics));
  return statistics;
}

std::vector<DirectionScores> halves_of(const at::Tensor& per_anchor, const Candidates& candidates,
                                       const at::Tensor& temperature) {
  std::vector<DirectionScores> directions;
  for (ScoreStatistics& statistics : read_as_k_pair(candidates, temperature))
    directions.push_back({.per_anchor = per_anchor / 2, .statistics = std::move(statistics)});
  return directions;
}

}  // namespace cmc::contrast
