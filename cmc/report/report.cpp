#include "cmc/report/report.h"

#include <fmt/format.h>

#include <optional>

#include "cmc/error.h"
#include "cmc/files/base64.h"
#include "cmc/files/json_text.h"
#include "cmc/report/assets.h"
#include "cmc/report/figures.h"
#include "cmc/report/mustache.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// A script's digest as a Content-Security-Policy names it.
std::string script_source(std::string_view sha256) {
  std::string bytes;
  for (std::size_t i = 0; i < sha256.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(sha256.substr(i, 2)), nullptr, 16)));
  }
  return "'sha256-" + files::base64(bytes) + "'";
}

/// JSON that may stand inside a <script> element: no text in it can close that element.
std::string script_json(const json& data) {
  std::string text;
  for (const char c : files::json_text(data)) {
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return text;
}

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
  page["notes"] = results && !results->evaluation.notes.empty()
                      ? json{{"sentences", results->evaluation.notes}}
                      : json();
  page["curves"] = curves_section(input.metrics, input.information.has_value());
  page["information"] = information_section(input.information ? &*input.information : nullptr);
  page["doctor"] = doctor_section(input.diagnosis);
  page["views_sheet"] = files::base64(input.views_sheet);
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
      script_source(assets::chart_js_sha256) + " " + script_source(assets::report_js_sha256);
  page["report_css"] = assets::report_css;
  page["report_js"] = assets::report_js;
  page["chart_js"] = assets::chart_js;
  return page;
}

}  // namespace

std::string render(const ReportInput& input) try {
  return render_mustache(assets::report_html, values(input));
} catch (const json::exception& error) {
  fail("the report of {}: what its run records is malformed: {}", input.name, error.what());
}

}  // namespace cmc::report
