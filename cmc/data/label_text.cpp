#include "cmc/data/label_text.h"

#include <fmt/format.h>

#include <cmath>

namespace cmc::data {

std::string label_text(const Dataset& dataset, std::int64_t index) {
  if (dataset.has_targets()) {
    const double target = dataset.target(index);
    return std::isnan(target) ? std::string() : fmt::format("{}", target);
  }
  const std::int64_t label = dataset.label(index);
  return label == no_label ? std::string() : dataset.classes().at(static_cast<std::size_t>(label));
}

}  // namespace cmc::data
