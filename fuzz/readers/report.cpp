#include "cmc/report/report.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "cmc/error.h"
#include "cmc/report/information_summary.h"
#include "cmc/report/results.h"
#include "cmc/report/sections.h"
#include "cmc/report/summary.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

namespace cmc::fuzz {
namespace {

/// What render() puts on the page, without the page itself, which would take most of the time.
void render_sections(const report::ReportInput& input) try {
  std::optional<report::Results> results;
  if (input.evaluation) results.emplace(*input.evaluation);
  report::head_section(input, results ? &*results : nullptr);
  if (results && !results->evaluation.rows.empty()) report::probe_section(*results);
  report::curves_section(input.metrics, input.information.has_value());
  report::information_section(input.information ? &*input.information : nullptr);
  report::neighbours_section(input);
  if (input.evaluation) {
    report::zero_shot_section(*input.evaluation);
    report::map_section(*input.evaluation);
    report::confusion_section(*input.evaluation);
  }
  report::environment_section(input.environment);
} catch (const nlohmann::json::exception& error) {
  fail("{}", error.what());  // as render() does
}

}  // namespace

/// A run's evaluation.json, information.json and run.json.
void report(Bytes input) {
  static const Folder folder;
  static const auto metrics = folder.write("metrics.jsonl", std::string_view());
  static const auto recipe = folder.write("recipe.toml", std::string_view("name = \"run\"\n"));
  Input parts(input);
  for (const char* name : {"evaluation.json", "information.json"}) {
    folder.remove(name);
    if (const Bytes piece = parts.piece(); !piece.empty()) folder.write(name, piece);
  }
  folder.write("run.json", parts.rest());
  const runs::RunFolder run = runs::RunFolder::open(folder.path());
  const report::ReportInput shown = report::report_input(run);
  render_sections(shown);
  if (shown.evaluation) {
    report::summary(*shown.evaluation);
    run.save(*shown.evaluation);
  }
  if (shown.information) {
    report::information_summary(*shown.information);
    run.save(*shown.information);
  }
  report::report_input(run);
}

}  // namespace cmc::fuzz
