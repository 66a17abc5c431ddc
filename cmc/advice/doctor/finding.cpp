#include "cmc/advice/doctor/finding.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/with_commas.h"

namespace cmc::advice {

std::string name(Trouble trouble) {
  switch (trouble) {
    case Trouble::few_steps:
      return "too few steps";
    case Trouble::at_chance:
      return "at chance";
    case Trouble::few_negatives:
      return "too few negatives";
    case Trouble::alike_views:
      return "views too alike";
    case Trouble::collapse:
      return "collapse";
    case Trouble::by_heart:
      return "learned by heart";
    case Trouble::spikes:
      return "loss spikes";
    case Trouble::duplicates:
      return "duplicates among the negatives";
    case Trouble::false_negatives:
      return "own class among the negatives";
    case Trouble::lone_view:
      return "view that shares nothing";
    case Trouble::no_better:
      return "no better than a baseline";
  }
  fail("there is no trouble of the number {}", static_cast<int>(trouble));
}

std::string FindingFigure::text() const {
  if (unit.empty()) return with_commas(std::llround(value));
  return fmt::format("{:.{}f} {}", value, unit == "%" ? 1 : 2, unit);
}

nlohmann::json to_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    nlohmann::json figures = nlohmann::json::array();
    for (const FindingFigure& figure : finding.figures)
      figures.push_back({{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}});
    list.push_back({{"finding", name(finding.trouble)},
                    {"sentence", finding.sentence},
                    {"figures", std::move(figures)},
                    {"advice", finding.advice},
                    {"keys", finding.keys}});
  }
  return list;
}

}  // namespace cmc::advice
