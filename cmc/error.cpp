#include "cmc/error.h"

#include <algorithm>

#include "cmc/edit_distance.h"

namespace cmc {

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
  return best == known.end() ? "" : *best;
}

}  // namespace cmc
