#include "cmc/advice/peak.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/information/units.h"

namespace cmc::advice {
namespace {

using information::bits_per_nat;
using information::ConfidenceInterval;

double mean_of(const Notebook& notebook, const Setting& setting, const std::string& column) {
  return over_seeds(notebook.rows(), setting.key, column).mean;
}

/// The best, chosen by the other seeds, less the mean of all, over seeds.
ConfidenceInterval gain_of_choice(const Notebook& notebook, const std::vector<Setting>& settings,
                                  const std::string& quality) {
  std::map<std::int64_t, double> level;
  for (const Setting& setting : settings)
    for (const auto& [seed, value] : by_seed(notebook.rows(), setting.key, quality))
      level[seed] += value / static_cast<double>(settings.size());
  std::vector<double> gains;
  for (const auto& [seed, value] : best_by_other_seeds(notebook, settings, quality))
    gains.push_back(value - level.at(seed));
  return information::confidence_interval(gains);
}

/// Of a mean over seeds: see Peak::parabola.
double pooled_error(const Notebook& notebook, const std::vector<Setting>& settings,
                    const std::string& quality) {
  std::vector<std::map<std::int64_t, double>> values;
  std::map<std::int64_t, double> level;
  for (const Setting& setting : settings) {
    values.push_back(by_seed(notebook.rows(), setting.key, quality));
    for (const auto& [seed, value] : values.back())
      level[seed] += value / static_cast<double>(settings.size());
  }
  const auto seeds = static_cast<double>(level.size());
  double all = 0, squares = 0;
  for (const auto& [seed, value] : level) all += value / seeds;
  for (std::size_t i = 0; i < settings.size(); ++i)
    for (const auto& [seed, value] : values[i])
      squares +=
          std::pow(value - mean_of(notebook, settings[i], quality) - level.at(seed) + all, 2);
  const double freedom = (static_cast<double>(settings.size()) - 1) * (seeds - 1);
  return freedom > 0 ? std::sqrt(squares / freedom / seeds) : 0;
}

PeakShape shape_of(const Peak& peak) {
  if (!std::isfinite(peak.gain.low)) return PeakShape::unknown;
  if (positive(peak.gain) != Outcome::held) return PeakShape::flat;
  if (peak.settings.size() == 2) return peak.best == 0 ? PeakShape::least : PeakShape::most;
  const Outcome least = positive(peak.over_least), most = positive(peak.over_most);
  if (least == Outcome::held && most == Outcome::held) return PeakShape::inside;
  if (least == Outcome::not_held && peak.best == 0) return PeakShape::least;
  if (most == Outcome::not_held && peak.best + 1 == peak.settings.size()) return PeakShape::most;
  return PeakShape::open;
}

}  // namespace

Peak find_peak(const Notebook& notebook, const std::vector<Setting>& settings,
               const std::string& quality) {
  Peak peak;
  peak.settings = settings;
  std::ranges::stable_sort(peak.settings, {}, [&](const Setting& setting) {
    return mean_of(notebook, setting, "bound_nats");
  });
  const Setting& best = best_of(notebook, peak.settings, quality);
  peak.best = static_cast<std::size_t>(&best - peak.settings.data());
  peak.gain = gain_of_choice(notebook, peak.settings, quality);
  if (peak.settings.size() > 2) {
    const std::vector<Setting> inside(peak.settings.begin() + 1, peak.settings.end() - 1);
    peak.over_least = difference_of_best(notebook, inside, {peak.settings.front()}, quality);
    peak.over_most = difference_of_best(notebook, inside, {peak.settings.back()}, quality);
  } else {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    peak.over_least = peak.over_most = {.mean = unknown, .low = unknown, .high = unknown};
  }
  peak.shape = shape_of(peak);
  peak.error = pooled_error(notebook, peak.settings, quality);
  if (peak.error > 0) {
    std::vector<MeasuredPoint> points;
    for (const Setting& setting : peak.settings)
      points.push_back({.x = mean_of(notebook, setting, "bound_nats"),
                        .y = mean_of(notebook, setting, quality),
                        .error = peak.error});
    peak.parabola = fit_parabola(points);
  }
  return peak;
}

Figure peak_figure(const Notebook& notebook, const Peak& peak,
                   const std::vector<std::string>& labels, const std::string& quality,
                   double scale) {
  Figure figure;
  figure.x_label = "bound on what the views share, bits, held out";
  Series measured{.label = "measured", .points = {}, .joined = true};
  for (std::size_t i = 0; i < peak.settings.size(); ++i) {
    const Setting& setting = peak.settings[i];
    Point at = point(bits_per_nat * mean_of(notebook, setting, "bound_nats"),
                     over_seeds(notebook.rows(), setting.key, quality), scale);
    at.label = labels[i];
    measured.points.push_back(std::move(at));
  }
  figure.series.push_back(measured);
  if (peak.parabola && peak.settings.size() > 3) {
    Series curve{.label = "parabola", .points = {}, .dashed = true, .markers = false};
    const double low = measured.points.front().x, high = measured.points.back().x;
    constexpr int steps = 40;
    for (int i = 0; i <= steps; ++i) {
      const double x = low + (high - low) * i / steps;
      const double y = scale * peak.parabola->at(x / bits_per_nat);
      curve.points.push_back({.x = x, .y = y, .low = y, .high = y});
    }
    figure.series.push_back(std::move(curve));
  }
  return figure;
}

}  // namespace cmc::advice
