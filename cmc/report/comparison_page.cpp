#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/report/assets.h"
#include "cmc/report/comparison.h"
#include "cmc/report/curve_points.h"
#include "cmc/report/figures.h"
#include "cmc/report/mustache.h"
#include "cmc/report/page_scripts.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// The run whose figure is the largest; null where fewer than two have one, or none is.
template <class Value>
const RunFigures* best_of(const std::vector<RunFigures>& runs, const Value& value) {
  const RunFigures* best = nullptr;
  int known = 0;
  for (const RunFigures& run : runs) {
    const std::optional<double> own = value(run);
    if (!own) continue;
    ++known;
    if (best == nullptr || *own > *value(*best)) best = &run;
  }
  return known < 2 ? nullptr : best;
}

std::optional<double> learned(const RunFigures& run) {
  return run.probe ? run.probe->learned : std::nullopt;
}

/// How far below the best accuracy another may be by chance alone: a standard error of the
/// difference of two shares of so many samples. 0 for R².
double chance(const ProbeFigures& best) {
  if (best.numbers || best.judged == 0) return 0;
  return std::sqrt(2 * *best.learned * (1 - *best.learned) / static_cast<double>(best.judged));
}

/// The other runs that are as good as the best, but for chance.
std::vector<std::string> rivals(const std::vector<RunFigures>& runs, const RunFigures& best) {
  std::vector<std::string> names;
  for (const RunFigures& run : runs)
    if (&run != &best && learned(run) && *learned(run) >= *learned(best) - chance(*best.probe))
      names.push_back(run.name);
  return names;
}

std::string headline(const Comparison& comparison) {
  const auto held_out = [](const RunFigures& run) { return run.held_out; };
  if (const RunFigures* best = best_of(comparison.runs, learned)) {
    const std::string reached = probe_text(*best, &ProbeFigures::learned);
    if (const auto others = rivals(comparison.runs, *best); !others.empty())
      return fmt::format(
          "No clear winner: {} at {}{}, {} as good within the error.", best->name, reached,
          best->probe->numbers ? " R²" : "\u00a0%",
          fmt::format("{} {}", fmt::join(others, ", "), others.size() == 1 ? "is" : "are"));
    return best->probe->numbers
               ? fmt::format("{} reaches the highest R², {}.", best->name, reached)
               : fmt::format("{} reaches the highest accuracy, {}\u00a0%.", best->name, reached);
  }
  if (const RunFigures* best = best_of(comparison.runs, held_out))
    return fmt::format("{} shows the most that its views share, {}\u00a0bits.", best->name,
                       fixed(bits(*best->held_out), 2));
  return fmt::format("{} runs side by side.", comparison.runs.size());
}

std::string lede(const Comparison& comparison) {
  const std::size_t n = comparison.differences.size();
  if (n == 0) return "Their recipes are the same.";
  if (n > 3) return fmt::format("Their recipes differ in {} keys.", n);
  std::string keys;
  for (std::size_t i = 0; i < n; ++i)
    keys += (i == 0 ? "" : i + 1 == n ? " and " : ", ") + comparison.differences[i].key;
  return fmt::format("Their recipes differ in {}.", keys);
}

/// Cells as a template takes them, one object each.
json cells_of(const std::vector<std::string>& texts) {
  json cells = json::array();
  for (const std::string& text : texts) cells.push_back(text.empty() ? "–" : text);
  return cells;
}

}  // namespace

std::string comparison_page(const Comparison& comparison) {
  json runs = json::array(), differences = json::array(), figures = json::array(),
       curves = json::array();
  for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
    const RunFigures& run = comparison.runs[r];
    runs.push_back({{"name", run.name},
                    {"folder", run.folder},
                    {"started", run.started.substr(0, 16)},
                    {"state", state_text(run)}});
    json points = curve_points(comparison.metrics[r]);
    points["name"] = run.name;
    curves.push_back(std::move(points));
  }
  for (const recipe::RecipeDifference& difference : comparison.differences)
    differences.push_back({{"key", difference.key}, {"cells", cells_of(difference.values)}});
  for (const FigureLine& line : figure_lines(comparison))
    figures.push_back({{"title", line.title}, {"cells", cells_of(line.cells)}});
  const bool any_curve = std::ranges::any_of(comparison.metrics, [](const runs::Metrics& metrics) {
    return !metrics.training.empty() || !metrics.held_out.empty();
  });
  return render_mustache(
      assets::comparison_html,
      {{"headline", headline(comparison)},
       {"lede", lede(comparison)},
       {"runs", runs},
       {"differences", differences.empty() ? json() : json{{"lines", differences}}},
       {"figures", {{"lines", figures}}},
       {"notes", comparison.notes.empty() ? json() : json{{"sentences", comparison.notes}}},
       {"curves", any_curve},
       {"data", script_json(curves)},
       {"scripts", script_sources({assets::chart_js_sha256, assets::charts_js_sha256,
                                   assets::comparison_js_sha256})},
       {"report_css", assets::report_css},
       {"chart_js", assets::chart_js},
       {"charts_js", assets::charts_js},
       {"comparison_js", assets::comparison_js}});
}

}  // namespace cmc::report
