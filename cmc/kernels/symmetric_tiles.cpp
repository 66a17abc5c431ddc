#include "cmc/kernels/symmetric_tiles.h"

#include <omp.h>

#include <algorithm>
#include <memory>

namespace cmc::kernels {
namespace {

// A tile of 256 × 256 scores and the rows it is made of stay in a second-level cache of 1 MiB.
constexpr std::int64_t tile_side = 256;

std::int64_t rounded_up(std::int64_t n) {
  return (n + tile_column_multiple - 1) / tile_column_multiple * tile_column_multiple;
}

struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Part `part` of `parts` near-equal ones of `whole`, cut at multiples of tile_column_multiple.
Range part_of(const Range& whole, std::int64_t part, std::int64_t parts) {
  const std::int64_t length = whole.last - whole.first;
  const auto cut = [&](std::int64_t p) {
    return p == parts ? whole.last
                      : std::min(whole.last, whole.first + rounded_up(length * p / parts));
  };
  return {cut(part), cut(part + 1)};
}

std::int64_t blocks_of(const Range& range) {
  return (range.last - range.first + tile_side - 1) / tile_side;
}

/// The tile of scores of rows × columns, with what is no negative marked.
template <class Element>
ScoreTile score_tile(const SymmetricProblem<Element>& problem, TileProducts<Element>& products,
                     const Range& rows, const Range& columns, float* storage) {
  const std::int64_t width = columns.last - columns.first;
  ScoreTile tile{storage, rows.last - rows.first, rounded_up(width), false};
  products.scores(problem.a.row(rows.first), tile.rows, problem.b.row(columns.first), width,
                  problem.a.dim, storage, tile.columns);
  if (tile.columns > width) {
    tile.masked = true;
    for (std::int64_t r = 0; r < tile.rows; ++r)
      std::fill(storage + r * tile.columns + width, storage + (r + 1) * tile.columns, no_negative);
  }
  const std::int64_t first = std::max(rows.first, columns.first);
  const std::int64_t last = std::min(rows.last, columns.last);
  for (std::int64_t i = first; i < last; ++i) {
    tile.masked = true;
    storage[(i - rows.first) * tile.columns + i - columns.first] = no_negative;
  }
  if (problem.excluded->size() == 0) return tile;
  for (std::int64_t i = rows.first; i < rows.last; ++i) {
    for (const std::int64_t j : problem.excluded->columns(i, columns.first, columns.last)) {
      tile.masked = true;
      storage[(i - rows.first) * tile.columns + j - columns.first] = no_negative;
    }
  }
  return tile;
}

/// Calls visit(products, rows, columns, tile) for every tile, in parallel.
///
/// The square is cut into threads × threads parts. In step s thread t takes part (t, t + s): no two
/// threads ever hold the same rows or the same columns at once, so that sums over both sides need
/// neither copies nor locks, and each is added to in an order that depends on nothing but the
/// number of threads.
template <class Element, class Visit>
void for_each_tile(const SymmetricProblem<Element>& problem, const Visit& visit) {
  const Range all{0, problem.samples};
  const auto threads = static_cast<int>(
      std::clamp<std::int64_t>(problem.samples / 64, 1, std::max(1, problem.threads)));
#pragma omp parallel num_threads(threads)
  {
    // The runtime may give fewer threads than were asked for.
    const int team = omp_get_num_threads(), thread = omp_get_thread_num();
    const Range own_rows = part_of(all, thread, team);
    const std::int64_t side = std::min(tile_side, rounded_up(problem.samples / team + 1));
    const auto storage = std::make_unique_for_overwrite<float[]>(side * side);
    TileProducts<Element> products;
    for (int step = 0; step < team; ++step) {
      const Range own_columns = part_of(all, (thread + step) % team, team);
      const std::int64_t row_blocks = blocks_of(own_rows), column_blocks = blocks_of(own_columns);
      for (std::int64_t r = 0; r < row_blocks; ++r) {
        const Range rows = part_of(own_rows, r, row_blocks);
        for (std::int64_t c = 0; c < column_blocks; ++c) {
          const Range columns = part_of(own_columns, c, column_blocks);
          if (rows.first == rows.last || columns.first == columns.last) continue;
          const ScoreTile tile = score_tile(problem, products, rows, columns, storage.get());
          visit(products, rows, columns, tile);
        }
      }
#pragma omp barrier
    }
  }
}

}  // namespace

NegativeFigures::NegativeFigures(std::int64_t samples)
    : sum(rounded_up(samples), 0.0), largest(rounded_up(samples), no_negative) {}

template <class Element>
void add_scores(const SymmetricProblem<Element>& problem, NegativeFigures& rows,
                NegativeFigures& columns) {
  const bool fits = problem.scale.fits();
  for_each_tile(problem, [&](TileProducts<Element>&, const Range& row, const Range& column,
                             const ScoreTile& tile) {
    const SideFigures row_figures{&rows.sum[row.first], &rows.largest[row.first]};
    const SideFigures column_figures{&columns.sum[column.first], &columns.largest[column.first]};
    if (fits)
      add_exponentials(tile, problem.scale, row_figures, column_figures);
    else
      add_shifted_exponentials(tile, problem.scale, row_figures, column_figures);
  });
}

template <class Element>
void add_gradients(const SymmetricProblem<Element>& problem, const GradientWeights& weights,
                   float* a_gradient, float* b_gradient) {
  const bool fits = problem.scale.fits();
  const std::int64_t dim = problem.a.dim;
  for_each_tile(problem, [&](TileProducts<Element>& products, const Range& row, const Range& column,
                             const ScoreTile& tile) {
    const float *row_weight = &weights.row_weight[row.first],
                *column_weight = &weights.column_weight[column.first];
    if (fits)
      weigh_exponentials(tile, problem.scale, row_weight, column_weight);
    else
      weigh_shifted_exponentials(tile, problem.scale, row_weight, column_weight,
                                 &weights.row_top[row.first], &weights.column_top[column.first]);
    products.take_weights(tile.values, tile.rows, column.last - column.first, tile.columns);
    products.add_to_rows(problem.b.row(column.first), dim, a_gradient + row.first * dim);
    products.add_to_columns(problem.a.row(row.first), dim, b_gradient + column.first * dim);
  });
}

template void add_scores(const SymmetricProblem<float>&, NegativeFigures&, NegativeFigures&);
template void add_scores(const SymmetricProblem<std::uint16_t>&, NegativeFigures&,
                         NegativeFigures&);
template void add_gradients(const SymmetricProblem<float>&, const GradientWeights&, float*, float*);
template void add_gradients(const SymmetricProblem<std::uint16_t>&, const GradientWeights&, float*,
                            float*);

}  // namespace cmc::kernels
