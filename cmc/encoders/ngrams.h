#pragma once

#include "cmc/encoders/backbone.h"

namespace cmc::encoders {

/// A vector for each of a view's symbols, the sum of a text's by their weights (text_view.h), then
/// as mlp: layers "values", "fc1", …. `widths` has the vectors' width first, then those of the
/// hidden layers; with `skip` the sum goes along into the representation. The bag of n-grams of
/// Joulin et al., "Bag of tricks for efficient text classification", 1607.01759. Throws Error where
/// there is no width, or one is not positive.
Backbone ngrams(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
