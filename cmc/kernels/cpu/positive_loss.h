#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cmc/kernels/cpu/grouped_exponentials.h"
#include "cmc/kernels/multi_positive_contrast.h"

namespace cmc::kernels {

/// What an anchor's figures say of its loss and of the loss's derivatives.
struct PositiveLoss {
  /// Nats, as MultiPositiveLosses has them.
  double loss = 0;
  double k_pair = 0;
  /// ∂L/∂(s/τ) of a negative is negative · exp((s − shift)/τ), of a positive but the own one
  /// positive · exp((s − shift)/τ) − pull, of the own one `own`; shifts as GroupedFigures has them.
  double negative = 0;
  double positive = 0;
  double pull = 0;
  double own = 0;
};

/// The loss of anchor i. `own`: its similarity with its own sample's other view; `negatives`: how
/// many it has.
PositiveLoss positive_loss(const GroupedFigures& figures, std::int64_t i, double own,
                           std::int64_t negatives, const ScoreScale& scale, PositiveMean mean);

/// One side's anchors after the first walk, and all that the second one needs of them.
struct PositiveSide {
  explicit PositiveSide(std::int64_t anchors) : figures(anchors) {}

  GroupedFigures figures;
  std::vector<std::int64_t> negatives;
  std::vector<PositiveLoss> losses;
};

/// Sets the side's negatives and losses from its figures. `met`: how many candidates each anchor
/// meets, positives among them; `own`: as above, one an anchor.
void take_losses(PositiveSide& side, const std::vector<std::int64_t>& met,
                 const std::vector<double>& own, const ScoreScale& scale, PositiveMean mean);

/// The side's losses as results have them.
MultiPositiveLosses losses_of(const PositiveSide& side);

/// How much the side's anchors weigh in the gradient, relative to `unit`, with `incoming` the
/// gradients of their losses; adds ∂/∂(s/τ) of each own similarity to `on_own`.
GroupedWeights weights_of(const PositiveSide& side, const std::vector<double>& incoming,
                          double unit, std::vector<double>& on_own);

/// The middle c of own similarities from which scores are measured where the gradient of τ sums
/// s · ∂L/∂s up: derivatives sum up to 0, and c leaves fewer digits to cancel.
float middle_of(const std::vector<double>& own, const std::vector<double>& on_own);

/// A gradient [n] of a result as numbers; zeros where it is undefined.
std::vector<double> numbers_of(const at::Tensor& gradient, std::int64_t n);

/// The largest absolute number of both; 1 where all are 0.
double largest_of(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace cmc::kernels
