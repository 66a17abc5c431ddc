#include <fmt/ranges.h>

#include "cmc/report/doctor_summary.h"
#include "cmc/report/sections.h"

namespace cmc::report {

nlohmann::json doctor_section(const advice::Diagnosis& diagnosis) {
  nlohmann::json findings = nlohmann::json::array(), figures = nlohmann::json::array();
  for (const advice::Finding& finding : diagnosis.findings) {
    findings.push_back({{"finding", name(finding.trouble)},
                        {"sentence", finding.sentence},
                        {"advice", finding.advice}});
    const std::string keys = fmt::format("{}", fmt::join(finding.keys, ", "));
    for (const advice::FindingFigure& figure : finding.figures)
      figures.push_back({{"finding", name(finding.trouble)},
                         {"figure", figure.name},
                         {"value", figure.text()},
                         {"keys", keys}});
  }
  nlohmann::json table = nullptr;
  if (!figures.empty()) table = {{"rows", std::move(figures)}};
  return {{"about", diagnosis.findings.empty() ? "Nothing wrong was found." : ""},
          {"findings", std::move(findings)},
          {"figures", std::move(table)},
          {"looked_at", looked_at(diagnosis)}};
}

}  // namespace cmc::report
