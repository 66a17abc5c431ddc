#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A residual network along the last axis of a view of one row, C × 1 × T, in the manner of Wang,
/// Yan and Oates, "Time series classification from scratch with deep neural networks", 1611.06455,
/// section II: stages of one block each, x + f(x), then ReLU, with f of convolutions, of width 7
/// first and then 5, with batch norms and ReLUs between them; x goes through a convolution of width
/// 1 where its size changes. From the second stage on the first convolution halves the time steps.
/// Then the mean over time: layers "stage1", …, "mean". Uses channels and convolutions of the
/// options.
///
/// Where the view is masked (ViewShape::masked), padded steps influence nothing: they are 0 in
/// front of each convolution, as what lies beyond a series' ends, count in no batch norm's moments,
/// and not in the mean. A series gives what it gives alone, whatever it is padded to.
///
/// Throws Error for a view of several rows, and for options out of range.
Backbone resnet1d(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
