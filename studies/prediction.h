#pragma once

#include <cstdint>

#include "cmc/advice/short_training.h"

namespace cmc::studies {

/// What a decoder makes of an encoder's representation, and how it is held against the truth.
enum class Predicted {
  own_values,    ///< of the encoder's own view, by the mean squared error: an autoencoder
  other_values,  ///< of the next view, by the mean squared error
  other_bins,    ///< of the next view's values (ValueBins), by cross entropy
};

/// Encoders trained with a decoder each, as wide as the projection head that contrast trains with;
/// data, batches, optimiser and schedule are the recipe's. The bins are those of the first training
/// samples, as the first epoch shows them. Throws Error where a view is missing.
advice::Trained train_prediction(const recipe::Recipe& recipe, const runs::Setup& setup,
                                 std::int64_t seed, Predicted predicted);

}  // namespace cmc::studies
