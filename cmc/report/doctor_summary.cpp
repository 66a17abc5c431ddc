#include "cmc/report/doctor_summary.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "cmc/report/text_table.h"

namespace cmc::report {
namespace {

/// A line for each figure, the finding's name and keys beside the first ones.
std::string findings_table(const std::vector<advice::Finding>& findings) {
  std::vector<std::vector<std::string>> lines = {{"finding", "keys to change", "figure", "value"}};
  for (const advice::Finding& finding : findings) {
    const std::size_t count = std::max(finding.figures.size(), finding.keys.size());
    for (std::size_t i = 0; i < count; ++i) {
      const bool figure = i < finding.figures.size();
      lines.push_back(
          {i == 0 ? name(finding.trouble) : "", i < finding.keys.size() ? finding.keys[i] : "",
           figure ? finding.figures[i].name : "", figure ? finding.figures[i].text() : ""});
    }
  }
  return text_table(lines, 3);
}

}  // namespace

std::string looked_at(const advice::Diagnosis& diagnosis) {
  std::string text = fmt::format("Looked at: {}.", fmt::join(diagnosis.seen, ", "));
  if (!diagnosis.unseen.empty())
    text += fmt::format(" Not there: {}.", fmt::join(diagnosis.unseen, ", "));
  return text;
}

std::string doctor_summary(const advice::Diagnosis& diagnosis) {
  if (diagnosis.findings.empty()) return "Nothing wrong was found.\n" + looked_at(diagnosis) + "\n";
  std::string text = findings_table(diagnosis.findings) + "\n";
  for (const advice::Finding& finding : diagnosis.findings)
    text += fmt::format("- {}: {} {}\n", name(finding.trouble), finding.sentence, finding.advice);
  return text + "\n" + looked_at(diagnosis) + "\n";
}

}  // namespace cmc::report
