#pragma once

#include "cmc/contrast/temperature.h"

namespace cmc::contrast {

/// Options of NT-Xent (Chen et al. 2020, SimCLR, eq. 1): the k-pair loss where an anchor also meets
/// the other samples' embeddings in its own view, 2N − 2 negatives in all. For augmented views that
/// share an encoder; its negatives come from the batch. With two views the sum of both directions
/// is twice SimCLR's mean over its 2N anchors.
struct NtXentOptions {
  Temperature temperature = 0.5;
};

}  // namespace cmc::contrast
