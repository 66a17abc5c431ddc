#include "cmc/runs/overfitting.h"

#include <algorithm>
#include <cmath>

namespace cmc::runs {
namespace {

using training::HeldOutFigures;
using training::StepFigures;

constexpr std::size_t least_measurements = 4;

/// The mean training estimate of the steps before one, as many as a twentieth of all.
double estimate_until(const Metrics& metrics, std::int64_t step) {
  const auto end =
      std::ranges::find_if(metrics.training, [&](const StepFigures& f) { return f.step > step; });
  const auto most = std::max<std::ptrdiff_t>(1, std::ssize(metrics.training) / 20);
  const auto count = std::min(most, end - metrics.training.begin());
  double sum = 0;
  for (auto at = end - count; at != end; ++at) sum += at->training_estimate;
  return sum / static_cast<double>(count);
}

}  // namespace

std::optional<Overfitting> overfitting(const Metrics& metrics) {
  std::vector<HeldOutFigures> points;
  for (const HeldOutFigures& point : metrics.held_out)
    if (std::isfinite(point.loss)) points.push_back(point);
  if (points.size() < least_measurements || metrics.training.empty()) return std::nullopt;
  Overfitting found{.best = *std::ranges::min_element(points, {}, &HeldOutFigures::loss)};
  const std::size_t count = std::clamp<std::size_t>(points.size() / 10, 1, 5);
  for (std::size_t i = points.size() - count; i < points.size(); ++i)
    found.last_loss += points[i].loss / static_cast<double>(count);
  if (found.last_loss - found.best.loss < held_out_rise * found.best.ceiling) return std::nullopt;
  found.estimate_at_best = estimate_until(metrics, found.best.step);
  found.last_estimate = estimate_until(metrics, points.back().step);
  if (!(found.last_estimate > found.estimate_at_best)) return std::nullopt;
  return found;
}

}  // namespace cmc::runs
