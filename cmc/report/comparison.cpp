#include "cmc/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "cmc/error.h"
#include "cmc/information/info_nce.h"
#include "cmc/report/figures.h"
#include "cmc/report/text_table.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Names that tell the runs apart: their folders', or the folders as they were typed.
void name_apart(std::vector<RunFigures>& runs) {
  std::set<std::string> names;
  for (const RunFigures& run : runs) names.insert(run.name);
  if (names.size() == runs.size()) return;
  for (RunFigures& run : runs) run.name = run.folder;
}

template <class Value>
bool differs(const std::vector<RunFigures>& runs, const Value& value) {
  return std::ranges::any_of(
      runs, [&](const RunFigures& run) { return value(run) != value(runs.front()); });
}

std::vector<std::string> notes_on(const Comparison& comparison) {
  std::vector<std::string> notes;
  const std::vector<RunFigures>& runs = comparison.runs;
  const bool any_evaluated =
      std::ranges::any_of(runs, [](const RunFigures& run) { return run.probe || run.recall_at_1; });
  for (const RunFigures& run : runs) {
    if (run.state != runs::RunState::finished)
      notes.push_back(fmt::format("{} is {}: its figures are of what it has done so far.", run.name,
                                  state_text(run)));
    else if (!run.probe && !run.recall_at_1)
      notes.push_back(
          fmt::format("{} has not been evaluated yet: cmc evaluate {}", run.name, run.folder));
  }
  if (differs(runs, [](const RunFigures& run) { return run.held_out_k; }))
    notes.push_back(
        "The held-out bounds rest on different numbers of negatives k, so that their ceilings "
        "log(k + 1) differ.");
  const auto is_of_data = [](const recipe::RecipeDifference& each) {
    return each.key.starts_with("data.");
  };
  if (any_evaluated && std::ranges::any_of(comparison.differences, is_of_data))
    notes.push_back("The runs differ in their data: figures may be of different samples.");
  return notes;
}

std::string bits_text(const std::optional<double>& nats) {
  if (!nats) return "–";
  return information::informative(*nats) ? "≥ " + fixed(bits(*nats), 2)
                                         : fixed(bits(*nats), 2) + " (not informative)";
}

std::string epoch_text(const RunFigures& run) {
  if (run.epochs > 0) return fmt::format("{:.4g} of {:g}", run.epoch, run.epochs);
  return fmt::format("{:.4g}", run.epoch);
}

/// "probe, learned, %", or for labels that are numbers "R², learned".
std::string probe_title(const std::vector<RunFigures>& runs, const char* kind) {
  const auto first =
      std::ranges::find_if(runs, [](const RunFigures& run) { return run.probe.has_value(); });
  return first->probe->numbers ? fmt::format("R², {}", kind) : fmt::format("probe, {}, %", kind);
}

}  // namespace

Comparison compare(const std::vector<fs::path>& folders) {
  if (folders.size() < 2)
    throw UsageError("`cmc compare` needs two runs or more (see `cmc compare --help`)");
  Comparison comparison;
  std::vector<recipe::Recipe> recipes;
  std::set<fs::path> seen;
  for (const fs::path& folder : folders) {
    const runs::RunFolder run = runs::RunFolder::open(folder);
    if (!seen.insert(fs::canonical(folder)).second)
      throw UsageError(fmt::format("{}: is named twice", folder.string()));
    comparison.metrics.push_back(run.metrics());
    recipes.push_back(run.recipe());
    comparison.runs.push_back(run_figures(runs::look_at_run(folder)));
  }
  name_apart(comparison.runs);
  comparison.differences = recipe::differences(recipes);
  comparison.notes = notes_on(comparison);
  return comparison;
}

std::vector<FigureLine> figure_lines(const Comparison& comparison) {
  const std::vector<RunFigures>& runs = comparison.runs;
  std::vector<FigureLine> lines;
  const auto add = [&](const std::string& title,
                       const std::function<std::string(const RunFigures&)>& cell) {
    FigureLine line{title, {}};
    for (const RunFigures& run : runs) line.cells.push_back(cell(run));
    const bool any =
        std::ranges::any_of(line.cells, [](const std::string& text) { return text != "–"; });
    if (any) lines.push_back(std::move(line));
  };
  add("state", [](const RunFigures& run) { return runs::name(run.state); });
  add("steps", [](const RunFigures& run) { return with_commas(run.step); });
  add("epochs", epoch_text);
  add("training time",
      [](const RunFigures& run) { return run.seconds ? duration(*run.seconds) : "–"; });
  add("held-out bound, bits", [](const RunFigures& run) { return bits_text(run.held_out); });
  add("  its ceiling, bits", [](const RunFigures& run) {
    return run.held_out ? fixed(bits(std::log1p(static_cast<double>(run.held_out_k))), 2) : "–";
  });
  add("cmc information, bits", [](const RunFigures& run) { return bits_text(run.information); });
  const struct {
    const char* title;
    std::optional<double> ProbeFigures::*kind;
  } probes[] = {{"learned", &ProbeFigures::learned},
                {"untrained", &ProbeFigures::untrained},
                {"raw values", &ProbeFigures::raw},
                {"supervised", &ProbeFigures::supervised}};
  if (std::ranges::any_of(runs, [](const RunFigures& run) { return run.probe.has_value(); }))
    for (const auto& probe : probes)
      add(probe_title(runs, probe.title),
          [&](const RunFigures& run) { return probe_text(run, probe.kind); });
  add("recall at 1, %",
      [](const RunFigures& run) { return run.recall_at_1 ? percent(*run.recall_at_1) : "–"; });
  return lines;
}

std::string to_text(const Comparison& comparison) {
  std::vector<std::string> head = {""};
  for (const RunFigures& run : comparison.runs) head.push_back(run.name);
  std::vector<std::vector<std::string>> figures = {head}, keys = {head};
  for (const FigureLine& line : figure_lines(comparison)) {
    figures.push_back({line.title});
    figures.back().insert(figures.back().end(), line.cells.begin(), line.cells.end());
  }
  for (const recipe::RecipeDifference& difference : comparison.differences) {
    keys.push_back({difference.key});
    for (const std::string& value : difference.values)
      keys.back().push_back(value.empty() ? "–" : value);
  }
  std::string text = comparison.differences.empty()
                         ? "The recipes are the same\n"
                         : "The recipes differ in\n" + text_table(keys, 1);
  text += "\nWhat came of them\n" + text_table(figures, 1);
  if (!comparison.notes.empty()) text += "\n";
  for (const std::string& note : comparison.notes) text += "! " + note + "\n";
  return text;
}

json to_json(const Comparison& comparison) {
  json runs = json::array(), differences = json::array();
  for (const RunFigures& run : comparison.runs) runs.push_back(to_json(run));
  for (const recipe::RecipeDifference& difference : comparison.differences) {
    json values = json::array();
    for (const std::string& value : difference.values)
      values.push_back(value.empty() ? json() : json(value));
    differences.push_back({{"key", difference.key}, {"values", values}});
  }
  return {{"runs", runs}, {"differences", differences}, {"notes", comparison.notes}};
}

}  // namespace cmc::report
