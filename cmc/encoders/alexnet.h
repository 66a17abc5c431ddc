#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// One half of AlexNet, as the CMC authors train one for lightness and one for colour (Tian et al.,
/// 1906.05849, appendix; Krizhevsky et al., 2012, split as in Zhang et al., 1611.09842):
/// convolutions of 48, 128, 192, 192 and 128 channels (11×11 stride 4, 5×5, then 3×3), max-pooling
/// 3×3 stride 2 after the first, second and last, two linear layers of 2,048; batch norm and ReLU
/// after each.
///
/// Made for 224 × 224 pixels; others from 63 up only change the width of fc6. Layers and parameters
/// have the authors' names, "conv_block_1" … "conv_block_5", "fc6", "fc7"; their fc8 is our linear
/// head.
Backbone alexnet(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
