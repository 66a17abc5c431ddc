#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// Linear layers with batch norms and ReLUs on a view's values, flattened: for tables and small
/// arrays. Layers "fc1", "fc2", …; with `skip` the values go along beside each, so that the
/// representation is the last hidden layer and the values. Uses widths and skip of the options.
/// Throws Error where a width is not positive, or there is none and no skip.
Backbone mlp(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
