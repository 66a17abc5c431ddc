#pragma once

#include <vector>

#include "cmc/advice/doctor/finding.h"
#include "cmc/advice/doctor/run_figures.h"

namespace cmc::advice {

/// So many steps after the warm-up the loss should have left that of guessing …
inline constexpr std::int64_t steps_to_learn = 100;
/// … by more than this share of the ceiling log(k + 1).
inline constexpr double chance_share = 0.02;
/// Fewer steps than this barely move an encoder.
inline constexpr std::int64_t fewest_steps = 50;
/// A training estimate that rises by more than this share of its ceiling from the fourth to the
/// last fifth of the steps was still rising.
inline constexpr double rising_share = 0.05;
/// Positives that rank first so often leave nothing to tell apart.
inline constexpr double always_first = 0.999;
/// An effective rank that has fallen to this share of its highest is falling.
inline constexpr double fallen_share = 0.5;
/// One that has risen to this many times its lowest since is being learned.
inline constexpr double risen_share = 1.25;
/// A leap of the loss: by more than this share of the ceiling above the median of the steps before
/// it, and by more than spike_deviations of their deviations (1.4826 · the median distance).
inline constexpr double spike_share = 0.25;
inline constexpr double spike_deviations = 6;

/// What the metrics of a training say is wrong, while it goes on too; causes before what they lead
/// to. Each rests on means over the last twentieth of the steps so far (runs::last_training) where
/// nothing else is said.
///
/// - few_steps, of a finished run: fewer than fewest_steps, or still rising (rising_share);
/// - at_chance: after steps_to_learn the estimate is below chance_share of its ceiling, and
///   positives rank first about as often as by guessing;
/// - few_negatives: from the first half of the steps on the estimate is at near_ceiling of its
///   ceiling, and more negatives could be had;
/// - alike_views: positives rank first always_first, from the first half of the steps on, and on
///   held-out samples;
/// - collapse: the effective rank of held-out embeddings fell to fallen_share of its highest and
/// below
///   evaluation::collapsed_share of min(D, n − 1), and has not risen to risen_share of its lowest;
/// - by_heart: runs::overfitting;
/// - spikes: from the steps_to_learn-th step on.
std::vector<Finding> training_findings(const RunFigures& run);

}  // namespace cmc::advice
