#pragma once

#include "cmc/contrast/losses/loss_values.h"
#include "cmc/contrast/losses/similarities.h"

namespace cmc::contrast {

/// Which negatives an anchor's triplets are made of.
enum class Mining {
  /// Every negative; the mean over them.
  all,
  /// The one nearest to the anchor.
  hardest,
  /// The nearest of those that are farther than the positive; of those that are not, where no
  /// negative is,
  /// the farthest (Schroff et al. 2015, FaceNet, section 3.2, and TensorFlow's choice where none
  /// is).
  semi_hard,
};

/// Options of the triplet margin loss on squared distances of unit vectors.
struct TripletOptions {
  double margin = 0.2;
  Mining mining = Mining::all;
};

/// max(‖x₊ − y₊‖² − ‖x₊ − y₋‖² + m, 0), where ‖x − y‖² = 2 − 2s. No temperature: what scales the
/// distances is their being those of unit vectors, in [0, 4]. Throws Error unless m is finite and
/// positive: with m ≤ 0 a collapsed encoder is a solution.
LossValues triplet(const Similarities& similarities, const TripletOptions& options);

}  // namespace cmc::contrast
