#pragma once

#include <cstdint>
#include <vector>

#include "cmc/kernels/cpu/gathered_rows.h"
#include "cmc/kernels/cpu/tile_exponentials.h"
#include "cmc/kernels/cpu/tile_sigmoids.h"
#include "cmc/kernels/excluded_pairs.h"

namespace cmc::kernels {

/// Unit anchors [count, dim] against the rows of a bank.
struct BankProblem {
  const float* anchors = nullptr;
  /// Score of each anchor with its positive.
  const float* positive = nullptr;
  std::int64_t count = 0;
  BankRows bank;
  /// Number of the bank's rows.
  std::int64_t bank_count = 0;
  /// Candidates of an anchor: the first `width` rows of the bank where picks is null; the rows
  /// `picks` [width]; or, with own_picks, its own row of `picks` [count, width].
  const std::int64_t* picks = nullptr;
  std::int64_t width = 0;
  bool own_picks = false;
  ScoreScale scale;
  /// Pairs (anchor, candidate) that do not meet.
  const ExcludedPairs* excluded = nullptr;
  int threads = 1;
  /// Whether `weighted` is wanted.
  bool with_gradient = true;
  /// Where given, `weighted` is of sigmoids and not of exponentials.
  const ScoreOdds* sigmoid = nullptr;
};

/// Figures of each anchor over its negatives. The shift is 0 where scale.fits(), else `largest`.
struct BankFigures {
  BankFigures(std::int64_t count, std::int64_t dim);

  /// Σ exp((s − shift)/τ).
  std::vector<double> sum;
  /// Σ exp((s − shift)/τ) · (s − s⁺).
  std::vector<double> spread;
  /// Largest score.
  std::vector<float> largest;
  /// Σ exp((s − shift)/τ) · candidate, [count, dim]; with BankProblem::sigmoid Σ σ(x) · candidate.
  std::vector<float> weighted;
  /// Σ s over all pairs of all anchors.
  double similarity = 0;
  /// The first candidate whose length is not 1 within length_tolerance; −1: there is none. Where
  /// there is one the other figures mean nothing.
  std::int64_t odd_row = -1;
  /// With BankProblem::sigmoid, and then instead of `spread`: Σ softplus(x), Σ σ(x) and Σ σ(x) · s.
  std::vector<double> loss, slope, tilted;
};

/// Walks the scores by tiles, once. Memory: threads × (count · dim + a tile), or a few kilobytes
/// and a bit for each row of the bank a thread where each anchor has its own picks.
BankFigures bank_figures(const BankProblem& problem);

}  // namespace cmc::kernels
