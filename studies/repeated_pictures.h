#pragma once

#include <cstdint>
#include <memory>

#include "cmc/data/dataset.h"

namespace cmc::studies {

/// A data set of `count` samples that are some other's, over and over: sample i is its sample i mod
/// size, or, where it has more than `count`, one of those at even distances. As samples of their
/// own, they draw places of their own. All are read once, here, and held in memory as they were
/// decoded. Throws Error where there is no sample, or one cannot be read.
std::shared_ptr<const data::Dataset> repeated_pictures(
    const std::shared_ptr<const data::Dataset>& pictures, std::int64_t count);

}  // namespace cmc::studies
