#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// Residual networks (He et al., 1512.03385), with torchvision's structure and parameter names
/// ("conv1.weight", "layer1.0.bn1.bias", "layer2.0.downsample.0.weight" …), so that its weights fit
/// all but its "fc". In a bottleneck the 3×3 convolution has the stride, as there. Any number of
/// channels goes in.
///
/// Uses small_stem of the options. Layers: "stem", "layer1" … "layer4", "avgpool" (the
/// representation).
Backbone resnet18(const EncoderOptions& options, const data::ViewShape& shape);  ///< R = 512
Backbone resnet50(const EncoderOptions& options, const data::ViewShape& shape);  ///< R = 2048

}  // namespace cmc::encoders
