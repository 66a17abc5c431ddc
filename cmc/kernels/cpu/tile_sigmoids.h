#pragma once

#include <cstdint>

#include "cmc/kernels/cpu/tile_exponentials.h"

namespace cmc::kernels {

/// Log-odds of a pair, x = s/τ + b, as the kernels take them: x · log₂e = s · (high + low) + whole
/// + fraction.
struct ScoreOdds {
  ScoreOdds(double temperature, double bias);

  float high, low;
  /// b · log₂e, its nearest integer and what is left of it.
  float whole, fraction;
};

/// Sums over pairs of their slopes w = ∂L/∂x.
struct SlopeSums {
  /// Σ w, the derivative by b.
  double slope = 0;
  /// Σ w · s, from which that by τ follows.
  double tilted = 0;

  SlopeSums& operator+=(const SlopeSums& other) {
    slope += other.slope;
    tilted += other.tilted;
    return *this;
  }
};

/// Replaces each score of a tile whose stride is `columns` by w = (row_weight + column_weight) ·
/// σ(x), and adds softplus(x) = −log σ(−x) to its row's and its column's sum; what is no_negative
/// has w = 0 and adds nothing. Any finite x: the exponential is that of −|x|.
SlopeSums weigh_sigmoids(const ScoreTile& tile, const ScoreOdds& odds, const float* row_weight,
                         const float* column_weight, double* row_sum, double* column_sum);

/// What a row's pairs add up to.
struct RowSigmoids {
  /// Σ softplus(x), Σ σ(x) and Σ σ(x) · s of each row.
  double *loss, *slope, *tilted;
};

/// Replaces each score of a tile whose stride is `columns` by σ(x), and adds to its row's figures.
void sigmoid_rows(const ScoreTile& tile, const ScoreOdds& odds, const RowSigmoids& rows);

/// Adds exp((s − top)/τ) with the row's top to the row's `sum`; leaves the scores.
void sum_exponentials(const ScoreTile& tile, const ScoreScale& scale, const float* top,
                      double* sum);

}  // namespace cmc::kernels
