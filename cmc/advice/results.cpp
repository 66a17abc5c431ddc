#include "cmc/advice/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/files/atomic_file.h"
#include "cmc/report/mustache.h"

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

constexpr const char* page = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{name}}</title><style>
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1c1e22; background: #fbfaf7; }
svg { max-width: 100%; height: auto; } li { margin: 0.5rem 0; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; } td, th { padding: 0.2rem 0.6rem; text-align: right; border-bottom: 1px solid #e2dfd8; }
</style></head><body>
<h1>{{name}}</h1><p>{{question}}{{#quick}} <b>A quick run: it shows that the study works, not what is true.</b>{{/quick}}</p>
<h2>Verdict</h2><ul>{{#verdicts}}<li>{{claim}} <b>{{outcome}}</b>: {{measured}}</li>{{/verdicts}}</ul>
{{#figures}}<figure>{{{svg}}}</figure>{{/figures}}
<h2>Measurements</h2><div class="scroll"><table><thead><tr>{{#columns}}<th>{{.}}</th>{{/columns}}</tr></thead>
<tbody>{{#rows}}<tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>{{/rows}}</tbody></table></div>
</body></html>
)";

std::string html(const Notebook& notebook, const Heading& heading) {
  json values = {{"name", heading.name},     {"question", heading.question},
                 {"quick", heading.quick},   {"verdicts", json::array()},
                 {"figures", json::array()}, {"columns", columns_of(notebook.rows())},
                 {"rows", json::array()}};
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
