#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A module that was scripted in Python (torch.jit.script or trace, then save) as a backbone: its
/// parameters are trained and stand in the checkpoint, dots in their names as slashes. It must map
/// [N, C, H, W] of the view to [N, R], which is tried on two rows of zeros. One layer,
/// "torchscript". A TorchScript file is code: it does what it says, so take it from people whom you
/// trust. Throws Error that names the view where the file is none, and where the module fails or
/// gives something else or another shape.
Backbone torchscript(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
