#include "cmc/report/report.h"

#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/evaluation.h"
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
  if (!input.evaluation.is_null()) results = report::read_results(input.evaluation);
  report::head_section(input, results ? &*results : nullptr);
  if (results && !results->rows.empty()) report::probe_section(*results);
  report::curves_section(input.metrics, !input.information.is_null());
  report::information_section(input.information);
  report::neighbours_section(input);
  report::map_section(input.evaluation);
  report::confusion_section(input.evaluation);
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
  const report::ReportInput run = report::read_run(folder.path());
  render_sections(run);
  if (!run.evaluation.is_null()) {
    report::summary(run.evaluation);
    evaluation::to_json(evaluation::evaluation_from_json(run.evaluation));
  }
  if (!run.information.is_null()) report::information_summary(run.information);
}

}  // namespace cmc::fuzz
