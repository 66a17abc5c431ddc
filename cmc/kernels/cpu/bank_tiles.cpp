#include "cmc/kernels/cpu/bank_tiles.h"

#include <omp.h>

#include <algorithm>
#include <cmath>

#include "cmc/kernels/cpu/tile_products.h"

namespace cmc::kernels {
namespace {

constexpr std::int64_t tile_rows = 256;
constexpr std::int64_t tile_columns = 256;

/// add_tile for sigmoids, whose sums have no shift. `tops`: the rows' largest scores before the
/// tile.
void add_sigmoid_tile(const ScoreTile& tile, const BankProblem& problem, std::int64_t row,
                      BankFigures& figures, std::vector<float>& tops) {
  const float* largest = &figures.largest[row];
  if (problem.scale.fits()) {
    std::fill(tops.begin(), tops.end(), 0.0f);
    largest = tops.data();
  } else {
    for (std::int64_t r = 0; r < tile.rows; ++r)
      figures.sum[row + r] *=
          std::exp((static_cast<double>(tops[r]) - largest[r]) * problem.scale.inverse_temperature);
  }
  sum_exponentials(tile, problem.scale, largest, &figures.sum[row]);
  sigmoid_rows(tile, *problem.sigmoid,
               {&figures.loss[row], &figures.slope[row], &figures.tilted[row]});
}

/// Turns a tile of scores into weights and adds it to the figures of anchors from `row` on.
void add_tile(const ScoreTile& tile, const BankProblem& problem, std::int64_t row,
              BankFigures& figures, std::vector<float>& tops) {
  float* largest = &figures.largest[row];
  tops.assign(largest, largest + tile.rows);
  raise_largest(tile, largest);
  if (problem.sigmoid != nullptr) {
    add_sigmoid_tile(tile, problem, row, figures, tops);
    return;
  }
  if (problem.scale.fits()) {
    std::fill(tops.begin(), tops.end(), 0.0f);
    exponentiate_rows(tile, problem.scale, tops.data(), problem.positive + row, &figures.sum[row],
                      &figures.spread[row]);
    return;
  }
  const std::int64_t dim = problem.bank.dim;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    if (largest[r] == tops[r]) continue;
    const double scale =
        std::exp((static_cast<double>(tops[r]) - largest[r]) * problem.scale.inverse_temperature);
    figures.sum[row + r] *= scale;
    figures.spread[row + r] *= scale;
    float* weighted = &figures.weighted[(row + r) * dim];
    for (std::int64_t d = 0; d < dim; ++d) weighted[d] *= static_cast<float>(scale);
  }
  exponentiate_rows(tile, problem.scale, largest, problem.positive + row, &figures.sum[row],
                    &figures.spread[row]);
}

bool is_unit(float length, bool bfloat16) {
  return std::abs(length - 1) <= length_tolerance(bfloat16);
}

/// Keeps in `odd_row` the first of two rows that have not unit length; −1: none.
void keep_first(std::int64_t row, std::int64_t& odd_row) {
  if (row >= 0 && (odd_row < 0 || row < odd_row)) odd_row = row;
}

/// Measures rows of a bank that are met many times: each when it is first met.
class FirstMeetings {
 public:
  FirstMeetings(const BankRows& bank, std::int64_t count)
      : bank_(bank), unmet_(count), met_((count + 63) / 64, 0) {}

  void meet(const std::int64_t* picks, std::int64_t count) {
    for (std::int64_t j = 0; j < count && unmet_ > 0; ++j) {
      const auto row = static_cast<std::uint64_t>(picks[j]), bit = std::uint64_t{1} << row % 64;
      std::uint64_t& word = met_[row / 64];
      if (word & bit) continue;
      word |= bit;
      --unmet_;
      float length = 0;
      gathered_lengths(bank_, picks + j, 1, &length);
      if (!is_unit(length, bank_.bfloat16)) keep_first(picks[j], odd_row_);
    }
  }

  std::int64_t odd_row() const { return odd_row_; }

 private:
  BankRows bank_;
  std::int64_t unmet_, odd_row_ = -1;
  std::vector<std::uint64_t> met_;
};

/// Candidates [first, last) against all anchors.
void walk_columns(const BankProblem& problem, std::int64_t first, std::int64_t last,
                  BankFigures& figures) {
  const std::int64_t dim = problem.bank.dim;
  const bool in_place = !problem.bank.bfloat16 && !problem.picks;
  std::vector<float> storage(tile_rows * tile_columns), tops;
  std::vector<float> copied(in_place ? 0 : tile_columns * dim);
  std::vector<double> candidate_sum(dim, 0.0);
  std::vector<float> lengths(tile_columns);
  TileProducts<float> products;
  for (std::int64_t column = first; column < last; column += tile_columns) {
    const std::int64_t width = std::min(tile_columns, last - column);
    const float* candidates = copied.data();
    if (in_place)
      candidates = static_cast<const float*>(problem.bank.values) + column * dim;
    else
      copy_rows(problem.bank, problem.picks ? problem.picks + column : nullptr, column, width,
                copied.data());
    gathered_lengths({candidates, false, dim}, nullptr, width, lengths.data());
    for (std::int64_t j = 0; j < width; ++j)
      if (!is_unit(lengths[j], problem.bank.bfloat16))
        keep_first(problem.picks ? problem.picks[column + j] : column + j, figures.odd_row);
    for (std::int64_t j = 0; j < width; ++j)
      for (std::int64_t d = 0; d < dim; ++d) candidate_sum[d] += candidates[j * dim + d];

    for (std::int64_t row = 0; row < problem.count; row += tile_rows) {
      const std::int64_t rows = std::min(tile_rows, problem.count - row);
      ScoreTile tile{storage.data(), rows, padded_columns(width), padded_columns(width), true};
      products.scores(problem.anchors + row * dim, rows, candidates, width, dim, storage.data(),
                      tile.columns);
      for (std::int64_t r = 0; r < rows; ++r) {
        float* scores = storage.data() + r * tile.columns;
        std::fill(scores + width, scores + tile.columns, no_negative);
        for (const std::int64_t j : problem.excluded->columns(row + r, column, column + width)) {
          figures.similarity -= scores[j - column];
          scores[j - column] = no_negative;
        }
      }
      add_tile(tile, problem, row, figures, tops);
      if (!problem.with_gradient) continue;
      products.take_weights(storage.data(), rows, width, tile.columns);
      products.add_to_rows(candidates, dim, &figures.weighted[row * dim]);
    }
  }
  for (std::int64_t i = 0; i < problem.count; ++i)
    for (std::int64_t d = 0; d < dim; ++d)
      figures.similarity += problem.anchors[i * dim + d] * candidate_sum[d];
}

/// One anchor against its own picks. Returns Σ s.
double walk_picks(const BankProblem& problem, std::int64_t anchor, BankFigures& figures,
                  std::vector<float>& storage, std::vector<float>& tops, FirstMeetings& meetings) {
  const std::int64_t dim = problem.bank.dim;
  const float* from = problem.anchors + anchor * dim;
  const std::int64_t* picks = problem.picks + anchor * problem.width;
  double similarity = 0;
  for (std::int64_t column = 0; column < problem.width; column += tile_columns) {
    const std::int64_t width = std::min(tile_columns, problem.width - column);
    ScoreTile tile{storage.data(), 1, padded_columns(width), padded_columns(width), true};
    gathered_scores(from, problem.bank, picks + column, width, storage.data());
    meetings.meet(picks + column, width);
    std::fill(storage.data() + width, storage.data() + tile.columns, no_negative);
    for (const std::int64_t j : problem.excluded->columns(anchor, column, column + width))
      storage[j - column] = no_negative;
    float sum = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += storage[j] > -2 ? storage[j] : 0;
    similarity += sum;
    add_tile(tile, problem, anchor, figures, tops);
    if (problem.with_gradient)
      add_gathered(problem.bank, picks + column, storage.data(), width,
                   &figures.weighted[anchor * dim]);
  }
  return similarity;
}

/// Adds another part's figures, each relative to its own shift.
void merge(const BankProblem& problem, const BankFigures& part, BankFigures& whole) {
  const std::int64_t dim = problem.bank.dim;
  const bool fits = problem.scale.fits();
  for (std::int64_t i = 0; i < problem.count; ++i) {
    const float top = std::max(whole.largest[i], part.largest[i]);
    const auto scale = [&](float largest) {
      return fits ? 1.0
                  : std::exp((static_cast<double>(largest) - top) *
                             problem.scale.inverse_temperature);
    };
    const double of_whole = scale(whole.largest[i]), of_part = scale(part.largest[i]);
    whole.sum[i] = of_whole * whole.sum[i] + of_part * part.sum[i];
    whole.largest[i] = top;
    if (problem.sigmoid != nullptr) {
      whole.loss[i] += part.loss[i];
      whole.slope[i] += part.slope[i];
      whole.tilted[i] += part.tilted[i];
      for (std::int64_t d = i * dim; d < (i + 1) * dim; ++d) whole.weighted[d] += part.weighted[d];
      continue;
    }
    whole.spread[i] = of_whole * whole.spread[i] + of_part * part.spread[i];
    for (std::int64_t d = i * dim; d < (i + 1) * dim; ++d)
      whole.weighted[d] =
          static_cast<float>(of_whole * whole.weighted[d] + of_part * part.weighted[d]);
  }
  whole.similarity += part.similarity;
  keep_first(part.odd_row, whole.odd_row);
}

}  // namespace

BankFigures::BankFigures(std::int64_t count, std::int64_t dim)
    : sum(count, 0.0),
      spread(count, 0.0),
      largest(count, no_negative),
      weighted(count * dim, 0.0f),
      loss(count, 0.0),
      slope(count, 0.0),
      tilted(count, 0.0) {}

BankFigures bank_figures(const BankProblem& problem) {
  const std::int64_t dim = problem.bank.dim;
  BankFigures whole(problem.count, dim);
  const int threads = std::max(1, problem.threads);
  if (problem.own_picks) {
    std::vector<double> similarity(problem.count, 0.0);
#pragma omp parallel num_threads(threads)
    {
      std::vector<float> storage(tile_columns), tops;
      FirstMeetings meetings(problem.bank, problem.bank_count);
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < problem.count; ++i)
        similarity[i] = walk_picks(problem, i, whole, storage, tops, meetings);
#pragma omp critical
      keep_first(meetings.odd_row(), whole.odd_row);
    }
    for (const double sum : similarity) whole.similarity += sum;
    return whole;
  }

  std::vector<BankFigures> parts(threads, BankFigures(0, 0));
#pragma omp parallel num_threads(threads)
  {
    const int team = omp_get_num_threads(), thread = omp_get_thread_num();
    BankFigures part(problem.count, dim);
    const auto cut = [&](std::int64_t t) {
      return t == team ? problem.width
                       : std::min(problem.width, padded_columns(problem.width * t / team));
    };
    walk_columns(problem, cut(thread), cut(thread + 1), part);
    parts[thread] = std::move(part);
  }
  for (const BankFigures& part : parts)
    if (!part.sum.empty()) merge(problem, part, whole);
  return whole;
}

}  // namespace cmc::kernels
