#include "cmc/report/report.h"

#include <fmt/format.h>

#include <optional>

#include "cmc/error.h"
#include "cmc/files/base64.h"
#include "cmc/report/assets.h"
#include "cmc/report/figures.h"
#include "cmc/report/mustache.h"
#include "cmc/report/page_scripts.h"
#include "cmc/report/png_size.h"
#include "cmc/report/sections.h"
#include "cmc/report/terms.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;

json unreadable(const json& environment) {
  const auto samples = environment.find("unreadable");
  if (samples == environment.end() || samples->empty()) return nullptr;
  json list = json::array();
  for (const json& sample : *samples) {
    list.push_back({{"name", sample.value("name", "")}, {"reason", sample.value("reason", "")}});
  }
  const auto n = static_cast<std::int64_t>(list.size());
  return {{"samples", std::move(list)},
          {"title",
           n == 1 ? "1 sample could not be read" : with_commas(n) + " samples could not be read"}};
}

json values(const ReportInput& input) {
  std::optional<Results> results;
  if (input.evaluation) results.emplace(*input.evaluation);
  json page = head_section(input, results ? &*results : nullptr);
  page["name"] = input.name;
  page["folder"] = input.folder;
  page["evaluated"] = results.has_value();
  page["probe"] = results && !results->evaluation.rows.empty() ? probe_section(*results) : json();
  if (!page["probe"].is_null())
    page["probe"]["learned"] = trained_with_labels(input) ? "with labels" : "without labels";
  page["zero_shot"] = input.evaluation ? zero_shot_section(*input.evaluation) : json();
  page["notes"] = results && !results->evaluation.notes.empty()
                      ? json{{"sentences", results->evaluation.notes}}
                      : json();
  page["curves"] = curves_section(input.metrics, input.information.has_value());
  page["information"] = information_section(input.information ? &*input.information : nullptr);
  page["doctor"] = doctor_section(input.diagnosis);
  page["views_sheet"] = files::base64(input.views_sheet);
  // Of many views the sheet would be illegible in the page's width.
  page["sheet_scrolls"] = png_size(input.views_sheet).width > 1600;
  page["learned_axes"] = learned_axes_section(input.environment);
  page["neighbours"] = neighbours_section(input);
  page["map"] = input.evaluation ? map_section(*input.evaluation) : json();
  page["confusion"] = input.evaluation ? confusion_section(*input.evaluation) : json();
  page["recipe"] = input.recipe;
  page["environment"] = environment_section(input.environment);
  page["unreadable"] = unreadable(input.environment);

  json data = json::object();
  for (const char* section : {"curves", "information", "map"}) {
    data[section] = page[section].is_null() ? json() : page[section]["chart"];
  }
  page["data"] = script_json(data);
  page["scripts"] =
      script_sources({assets::chart_js_sha256, assets::charts_js_sha256, assets::report_js_sha256});
  page["report_css"] = assets::report_css;
  page["report_js"] = assets::report_js;
  page["charts_js"] = assets::charts_js;
  page["chart_js"] = assets::chart_js;
  return page;
}

}  // namespace

std::string render(const ReportInput& input) try {
  json page = values(input);
  json words = page;
  words["terms"] = nullptr;
  for (const char* part : {"data", "report_css", "report_js", "charts_js", "chart_js", "recipe"})
    words[part] = "";
  page["terms"] = {{"list", terms_in(render_mustache(assets::report_html, words))}};
  return render_mustache(assets::report_html, page);
} catch (const json::exception& error) {
  fail("the report of {}: what its run records is malformed: {}", input.name, error.what());
}

}  // namespace cmc::report
