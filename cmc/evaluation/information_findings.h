#pragma once

#include <string>

#include "cmc/evaluation/information.h"

/// Sentences of findings() that are said of a run elsewhere too (advice), and what they rest on.
namespace cmc::evaluation {

/// From this share of its ceiling log(k + 1) on, a value says "at least this much" and no more.
inline constexpr double near_ceiling = 0.95;
/// An embedding that uses less than this share of the directions that it could has collapsed in
/// most.
inline constexpr double collapsed_share = 0.25;

/// Whether training's k is all other training samples: no more can be had.
bool has_every_negative(const TrainingEstimate& training);

/// "In training, k = 63 allowed at most 6.00 bits; the training estimate ended at 5.82, 97 % of
/// that." Where that is nothing, that it is.
std::string training_sentence(const TrainingEstimate& training);
/// What an estimate near its ceiling means, and what would help.
std::string near_ceiling_sentence(const TrainingEstimate& training);

/// Whether the effective rank is below collapsed_share of largest_rank().
bool has_collapsed(const ViewGeometry& view);
/// "left: effective rank 71 of 128: most directions are used."
std::string rank_sentence(const ViewGeometry& view);

/// What the larger bound of two directions says of two views.
std::string shared_sentence(const PairInformation& pair, const InformationMeasurement& m);

}  // namespace cmc::evaluation
