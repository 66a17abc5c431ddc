#pragma once

#include <vector>

#include "cmc/advice/doctor/finding.h"
#include "cmc/advice/doctor/run_figures.h"

namespace cmc::advice {

/// From this share of repeated training samples on they are told of: below, they add less than
/// 0.0035 nats (that share of log 2) to the loss.
inline constexpr double repeated_share = 0.005;
/// Of samples found across views, so much more of the own class than the own sample shows that
/// negatives of the class are as near as the positive.
inline constexpr double class_over_sample = 0.3;
/// Found first by less than so many times chance, with a median rank in the middle: not found.
inline constexpr double found_by_chance = 3;

/// What an evaluation, a measurement of information and counts say is wrong:
///
/// - duplicates: repeated_share of the training samples have another's values;
/// - lone_view: the bounds of all pairs of a view with others are not informative, or, without
///   cmc information, none of its retrieval is better than found_by_chance and its median rank is
///   above 0.4 of the candidates, where that does not hold of every view;
/// - no_better: with all labels, on all views, what was learned is below the untrained encoders or
///   the raw values by more than one standard error of that many judged samples, √(p (1 − p) / n)
///   (of folds: their deviation / √folds), or no better than the untrained, where these leave more
///   than that to be won;
/// - false_negatives: beside no_better, samples of the own class are found by class_over_sample
/// more
///   often than the sample itself, and an anchor meets at least one negative of its class.
std::vector<Finding> representation_findings(const RunFigures& run);

}  // namespace cmc::advice
