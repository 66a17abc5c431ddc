#include "cmc/contrast/negatives/negative_source.h"

namespace cmc::contrast {

std::shared_ptr<NegativeSource> make_negative_source(const Negatives& negatives, std::int64_t views,
                                                     const SampleConstraints& constraints,
                                                     std::uint64_t seed) {
  return std::visit(
      [&](const auto& options) { return make_source(options, views, constraints, seed); },
      negatives);
}

}  // namespace cmc::contrast
