#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A module that was scripted in Python (torch.jit.script or trace, then save) as a backbone: its
/// parameters are trained and stand in the checkpoint, dots in their names as slashes. It must map
/// [N, C, H, W] of the view to [N, R], each row apart from the others, which is tried on one row
/// and on two. One layer, "torchscript". A TorchScript file is code: it does what it says, so take
/// it from people whom you trust. Throws Error that names the view where the file is none, or is
/// one of `cmc export`, which takes raw values and no view; and where the module fails, gives
/// something else or another shape, or gives another vector for a row alone than for the same row
/// beside another.
Backbone torchscript(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
