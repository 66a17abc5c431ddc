#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A convolutional network along the last axis of a view of one row, C × 1 × T, in the manner of M5
/// (Dai et al., 1610.00087): a stem of width 80 and stride 4, then stages of convolutions of width
/// 3 that shrink four-fold, with batch norms and ReLUs, averaged over time. Layers "stage1", …,
/// "pool". Uses channels and convolutions of the options. Throws Error for a view of several rows,
/// and one that is too short for its stages.
Backbone waveform(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
