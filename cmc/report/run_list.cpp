#include "cmc/report/run_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/report/figures.h"
#include "cmc/report/text_table.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

/// "2026-11-29 15:51" of "2026-11-29T15:51:12Z".
std::string minute_of(const std::string& started) {
  constexpr std::size_t until_minute = 16;
  if (started.size() < until_minute) return "–";
  std::string text = started.substr(0, until_minute);
  std::ranges::replace(text, 'T', ' ');
  return text;
}

}  // namespace

std::vector<RunFigures> figures_of(const std::vector<runs::FoundRun>& found) {
  std::vector<RunFigures> runs;
  for (const runs::FoundRun& each : found) {
    try {
      runs.push_back(run_figures(each));
    } catch (const Error& error) {
      runs.push_back(run_figures({.path = each.path,
                                  .state = runs::RunState::damaged,
                                  .detail = error.what(),
                                  .started = each.started}));
    }
  }
  return runs;
}

std::string run_list(const std::vector<RunFigures>& runs) {
  std::vector<std::vector<std::string>> lines = {
      {"run", "recipe", "started", "state", "steps", "time", "held-out bits", "probe"}};
  std::string damaged;
  for (const RunFigures& run : runs) {
    const bool known = !run.recipe.empty();
    lines.push_back({run.folder, known ? run.recipe : "–", minute_of(run.started),
                     runs::name(run.state), known ? with_commas(run.step) : "–",
                     run.seconds ? duration(*run.seconds) : "–",
                     run.held_out ? fixed(bits(*run.held_out), 2) : "–",
                     probe_text(run, &ProbeFigures::learned)});
    if (run.state == runs::RunState::damaged) damaged += fmt::format("! {}\n", run.detail);
  }
  return text_table(lines, 4) + (damaged.empty() ? "" : "\n" + damaged);
}

nlohmann::json to_json(const std::vector<RunFigures>& runs) {
  nlohmann::json list = nlohmann::json::array();
  for (const RunFigures& run : runs) list.push_back(to_json(run));
  return list;
}

}  // namespace cmc::report
