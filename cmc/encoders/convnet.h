#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A plain convnet for small pictures and parts of them: stages of 3×3 convolutions, each followed
/// by batch norm and ReLU (Simonyan and Zisserman, 1409.1556, with batch norm), averaged to a small
/// grid and flattened.
///
/// Uses channels, convolutions, strides, downsample, pooled_grid and representation_dim of the
/// options. Layers: "stage1" …, "pool" ([N, C·g·g], the cells of a channel together), and "fc" with
/// a representation_dim.
Backbone convnet(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
