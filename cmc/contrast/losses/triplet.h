#pragma once

#include <vector>

#include "cmc/contrast/losses/loss_state.h"
#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/statistics.h"

namespace cmc::contrast {

/// Which negatives an anchor's triplets are made of.
enum class Mining {
  /// Every negative; the mean over them.
  all,
  /// The one nearest to the anchor.
  hardest,
  /// The nearest of those that are farther than the positive; of those that are not, where no
  /// negative is, the farthest (Schroff et al. 2015, FaceNet, section 3.2, and TensorFlow's choice
  /// where none is).
  semi_hard,
};

/// Options of the triplet margin loss on squared distances of unit vectors. No temperature: what
/// scales the distances is their being those of unit vectors, in [0, 4].
struct TripletOptions {
  double margin = 0.2;
  Mining mining = Mining::all;
  /// τ at which its scores are read as k-pair values; the loss itself has none.
  static constexpr double temperature = 0.07;
};

/// Throws Error unless the margin is finite and positive: with one of 0 or less a collapsed encoder
/// is a solution.
void check_options(const TripletOptions& options);

std::vector<DirectionScores> score(const TripletOptions& options, const Candidates& candidates,
                                   const at::Tensor& temperature, LossState& state);

/// The loss of each anchor, max(‖x₊ − y₊‖² − ‖x₊ − y₋‖² + m, 0), where ‖x − y‖² = 2 − 2s: [A].
/// Throws Error as check_options does.
at::Tensor triplet(const Similarities& similarities, const TripletOptions& options);

}  // namespace cmc::contrast
