#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/error.h"

namespace cmc::views {

/// How the numbers of a view become those that an encoder sees, one entry a channel:
/// (x − mean) / deviation, and 0, the mean, where x is missing. Computed in float64 and narrowed
/// then, so that what lies far from 0 and close together, such as times since 1970, stays apart.
struct Standardization {
  std::vector<double> mean = {};
  /// 1 where the channel is constant.
  std::vector<double> deviation = {};
  /// Share of the values that are missing.
  std::vector<double> missing = {};
  /// Text as subwords: the model of SentencePiece that cuts it, its bytes (subwords.h). Text as
  /// n-grams: how rare each is, a byte a symbol (Rarity).
  std::string tokenizer = {};

  bool operator==(const Standardization&) const = default;
};

/// So many samples tell how the values of a view are distributed.
inline constexpr std::int64_t measured_samples = 2000;

/// Means and deviations (of n values, divided by n) over up to `samples` samples at even distances
/// of a data set, for the only view of a transform whose values are not standardised and NaN where
/// they are missing. A constant channel has deviation 1. Samples that can't be read are left out.
/// Throws Error where no sample has the view, and, with the sample's name, where one gives an
/// infinite number: means and deviations are finite.
Standardization measure(const data::Transform& plain, const data::Dataset& dataset,
                        std::int64_t samples);

/// The same of a source's stored numbers, in float64 throughout: of tables the numeric columns, a
/// channel each, of arrays the channels. `view` names it in errors.
Standardization measure_numbers(const std::string& view, const data::Dataset& dataset,
                                std::size_t source, std::int64_t samples);

/// The same of series of `channels` channels and any length, each value C × T.
Standardization measure_channels(const std::string& view, const data::Dataset& dataset,
                                 std::size_t source, std::size_t channels, std::int64_t samples);

/// Throws Error, naming the view, unless there are `channels` means, deviations and shares, all
/// finite, each deviation above 0 and each share within [0, 1]: what a run's folder holds is not
/// trusted.
void check_statistics(const Standardization& known, std::size_t channels, const std::string& view);

/// Throws Error, naming the view, unless 0 ≤ dropout < 1 and noise ≥ 0: what happens to numbers in
/// training.
void check_disturbance(const std::string& view, double dropout, double noise);

/// (x − mean) / deviation of a channel as float32, NaN where x is. Throws UnreadableError, naming
/// the view, where that is infinite: an encoder would make NaN of it.
float standardized(double x, const Standardization& known, std::size_t channel,
                   const std::string& view);

/// Whether raw values can be handed to a graph as float32: no channel's mean lies farther from 0
/// than 256 of its deviations, so that narrowing moves no standardised number by more than 2⁻¹⁶ of
/// a deviation or of itself.
bool fits_float32(const Standardization& known);

}  // namespace cmc::views
