#include "cmc/report/curve_points.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cmc::report {

using nlohmann::json;
using training::HeldOutFigures;
using training::StepFigures;

std::size_t steps_a_point(const runs::Metrics& metrics) {
  constexpr std::size_t most_points = 240;
  return std::max<std::size_t>(1, (metrics.training.size() + most_points - 1) / most_points);
}

std::vector<StepFigures> thinned(const std::vector<StepFigures>& points, std::size_t run) {
  std::vector<StepFigures> means;
  for (std::size_t begin = 0; begin < points.size(); begin += run) {
    const std::size_t end = std::min(points.size(), begin + run);
    StepFigures mean = points[end - 1];
    mean.loss = mean.training_estimate = mean.positive_first = 0;
    for (std::size_t i = begin; i < end; ++i) {
      mean.loss += points[i].loss;
      mean.training_estimate += points[i].training_estimate;
      mean.positive_first += points[i].positive_first;
    }
    const auto n = static_cast<double>(end - begin);
    mean.loss /= n;
    mean.training_estimate /= n;
    mean.positive_first /= n;
    means.push_back(mean);
  }
  return means;
}

json curve_points(const runs::Metrics& metrics) {
  json data = {{"training", json::array()}, {"held_out", json::array()}};
  for (const StepFigures& p : thinned(metrics.training, steps_a_point(metrics))) {
    data["training"].push_back({{"step", p.step},
                                {"epoch", p.epoch},
                                {"loss", p.loss},
                                {"estimate", p.training_estimate},
                                {"ceiling", p.ceiling}});
  }
  for (const HeldOutFigures& p : metrics.held_out) {
    data["held_out"].push_back({{"step", p.step},
                                {"epoch", p.epoch},
                                {"loss", p.loss},
                                {"bound", p.bound},
                                {"tight_bound", p.tight_bound},
                                {"ceiling", p.ceiling}});
  }
  return data;
}

}  // namespace cmc::report
