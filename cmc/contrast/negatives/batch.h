#pragma once

#include <cstdint>
#include <memory>

namespace cmc::contrast {

class NegativeSource;
struct SampleConstraints;

/// Negatives are the other samples of the batch. (For a batch that is encoded in several passes see
/// gradient_cache.h.)
struct BatchOptions {};

inline void check_options(const BatchOptions&) {}

/// Bytes of what is held of one view.
inline std::int64_t bytes_per_view(const BatchOptions&) {
  return 0;
}

std::shared_ptr<NegativeSource> make_source(const BatchOptions& options, std::int64_t views,
                                            const SampleConstraints& constraints,
                                            std::uint64_t seed);

}  // namespace cmc::contrast
