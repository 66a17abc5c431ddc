#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cmc/random.h"

namespace cmc::views {

// What is done to the time steps of a series. The augmentations follow Um et al., "Data
// augmentation of wearable sensor data for Parkinson's disease monitoring", arXiv 1706.00527,
// section 3.

/// Sets each NaN to the value on the straight line between the numbers before and behind it, and
/// before the first and behind the last number to that number. Without a number, all stay NaN.
void fill_gaps(std::span<double> values);

/// Where each of `count` steps is taken from, within [0, count − 1]: the first at 0, the last at
/// count − 1, and growing from step to step. Each quarter of them has a pace of its own, drawn from
/// 1 / (1 + strength) to 1 + strength and scaled so that they end where they should.
std::vector<double> warped_places(std::size_t count, double strength, RandomStream& stream);

/// The value at a place between two steps, by linear interpolation; `at` within [0, size − 1].
double value_at(std::span<const double> values, double at);

/// Which of `count` steps stands at each place when they are cut at random in `segments` pieces, or
/// as many as there are steps, and these are put in a random order.
std::vector<std::size_t> shuffled_segments(std::size_t count, std::int64_t segments,
                                           RandomStream& stream);

/// A rotation, row by row, about an axis that is uniform on the sphere, by an angle that is uniform
/// within ±`degrees` (Rodrigues' formula).
std::array<double, 9> random_rotation(double degrees, RandomStream& stream);

}  // namespace cmc::views
