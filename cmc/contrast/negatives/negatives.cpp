#include "cmc/contrast/negatives/negatives.h"

namespace cmc::contrast {

void check_negatives(const Negatives& negatives) {
  std::visit([](const auto& options) { check_options(options); }, negatives);
}

std::int64_t negatives_bytes(const Negatives& negatives, std::int64_t views) {
  return views * std::visit([](const auto& options) { return bytes_per_view(options); }, negatives);
}

}  // namespace cmc::contrast
