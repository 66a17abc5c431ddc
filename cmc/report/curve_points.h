#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "cmc/runs/metrics.h"

namespace cmc::report {

/// Of so many steps a point of a training curve is the mean, so that there are no more than any
/// screen shows; at least 1.
std::size_t steps_a_point(const runs::Metrics& metrics);

/// Means of equal runs of `run` points, the same number in each but the last; steps and epochs are
/// the last ones.
std::vector<training::StepFigures> thinned(const std::vector<training::StepFigures>& points,
                                           std::size_t run);

/// The curves of a training as charts.js draws them: {"training": [{"step", "epoch", "loss",
/// "estimate", "ceiling"}], "held_out": [{"step", "epoch", "loss", "bound", "tight_bound",
/// "ceiling"}]}, information in nats; null for what isn't finite.
nlohmann::json curve_points(const runs::Metrics& metrics);

}  // namespace cmc::report
