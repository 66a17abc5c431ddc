#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A transformer on a view's symbols: a vector for each and for each place, `blocks` blocks with
/// the norm in front (Vaswani et al., 1706.03762; Xiong et al., 2002.04745), x + attention(norm(x))
/// with `heads` heads, then x + linear(relu(linear(norm(x)))) of four times the width, a norm, and
/// the mean over the symbols that are there: layers "vectors", "block1", …, "mean". The first of
/// `widths` is its width. Throws Error where that is not positive or no multiple of `heads`.
Backbone transformer(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
