#include "cmc/advice/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/files/atomic_file.h"
#include "cmc/report/assets.h"
#include "cmc/report/mustache.h"
#include "cmc/report/terms.h"

namespace cmc::advice {
namespace {

using nlohmann::json;

std::vector<std::string> columns_of(const std::vector<json>& rows) {
  std::vector<std::string> columns;
  for (const json& row : rows)
    for (const auto& [key, value] : row.items())
      if (!std::ranges::count(columns, key)) columns.push_back(key);
  return columns;
}

std::string cell(const json& row, const std::string& column) {
  if (!row.contains(column) || row.at(column).is_null()) return "";
  const json& value = row.at(column);
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

constexpr const char* page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{{name}} · Contrastive Multiview Coding</title><link rel="icon" href="data:,"><style>
{{{report_css}}}
main figure { margin: 1.5rem 0; }
main svg { display: block; max-width: 100%; height: auto; border: 1px solid var(--rule); border-radius: 6px; }
.verdicts { max-width: 46rem; padding-left: 1.25rem; } .verdicts li { margin: 0.75rem 0; }
</style></head><body>
<header class="page">
  <p class="eyebrow">Contrastive Multiview Coding <span class="run">{{name}}</span></p>
  <h1>{{question}}</h1>
  {{#quick}}<p class="lede">A quick run: it shows that the study works, not what is true.</p>{{/quick}}
</header>
<main class="page">
<section aria-labelledby="verdict"><h2 id="verdict">Verdict</h2>
<ul class="verdicts">{{#verdicts}}<li>{{claim}} <b>{{outcome}}</b>: {{measured}}</li>{{/verdicts}}</ul></section>
{{#figures}}<figure>{{{svg}}}</figure>{{/figures}}
<section aria-labelledby="measurements"><h2 id="measurements">Measurements</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="measurements"><table>
<thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead>
<tbody>{{#rows}}<tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>{{/rows}}</tbody></table></div></section>
<section id="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms on this page</h2>
<dl class="terms">{{#terms}}<div><dt>{{term}}</dt><dd>{{meaning}}</dd></div>{{/terms}}</dl></section>
</main></body></html>
)";

std::string html(const Notebook& notebook, const Heading& heading) {
  json values = {{"name", heading.name},     {"question", heading.question},
                 {"quick", heading.quick},   {"verdicts", json::array()},
                 {"figures", json::array()}, {"columns", columns_of(notebook.rows())},
                 {"rows", json::array()},    {"report_css", report::assets::report_css}};
  for (const Verdict& verdict : notebook.verdicts())
    values["verdicts"].push_back({{"claim", verdict.claim},
                                  {"outcome", name(verdict.outcome)},
                                  {"measured", verdict.measured}});
  for (const Figure& figure : notebook.figures())
    values["figures"].push_back({{"svg", svg(figure)}});
  for (const json& row : notebook.rows()) {
    json cells = json::array();
    for (const auto& column : values["columns"]) cells.push_back(cell(row, column));
    values["rows"].push_back({{"cells", std::move(cells)}});
  }
  values["terms"] = json::array();
  json words = values;
  words["report_css"] = "";
  values["terms"] = report::terms_in(report::render_mustache(page, words));
  return report::render_mustache(page, values);
}

json verdicts(const Notebook& notebook, const Heading& heading) {
  json list = json::array();
  for (const Verdict& verdict : notebook.verdicts())
    list.push_back({{"claim", verdict.claim},
                    {"measured", verdict.measured},
                    {"outcome", name(verdict.outcome)}});
  return {{"study", heading.name},
          {"question", heading.question},
          {"quick", heading.quick},
          {"seeds", heading.seeds},
          {"verdicts", list}};
}

}  // namespace

std::string csv(const std::vector<json>& rows) {
  const std::vector<std::string> columns = columns_of(rows);
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c) text += (c ? "," : "") + columns[c];
  text += '\n';
  for (const json& row : rows) {
    for (std::size_t c = 0; c < columns.size(); ++c) text += (c ? "," : "") + cell(row, columns[c]);
    text += '\n';
  }
  return text;
}

std::string verdict_text(const Notebook& notebook) {
  std::string text;
  for (const std::string& table : notebook.tables()) text += table + "\n";
  for (const Verdict& verdict : notebook.verdicts())
    text += fmt::format("- {} {}: {}\n", verdict.claim, name(verdict.outcome), verdict.measured);
  return text;
}

void write_results(const Notebook& notebook, const Heading& heading) {
  const std::filesystem::path& folder = notebook.folder();
  files::write_atomically(folder / (heading.name + ".csv"), csv(notebook.rows()));
  for (const Figure& figure : notebook.figures())
    files::write_atomically(folder / (figure.name + ".svg"), svg(figure));
  files::write_atomically(folder / "verdict.json", verdicts(notebook, heading).dump(1) + "\n");
  files::write_atomically(folder / "index.html", html(notebook, heading));
}

}  // namespace cmc::advice
