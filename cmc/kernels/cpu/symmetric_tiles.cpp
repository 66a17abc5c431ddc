#include "cmc/kernels/cpu/symmetric_tiles.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

namespace cmc::kernels {
namespace {

// A tile of 256 × 256 scores and the rows it is made of stay in a second-level cache of 1 MiB.
constexpr std::int64_t tile_side = 256;

constexpr std::int64_t most_kept = 1024 * 1024;

struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Part `part` of `parts` near-equal ones of `whole`, cut at multiples of tile_column_multiple.
Range part_of(const Range& whole, std::int64_t part, std::int64_t parts) {
  const std::int64_t length = whole.last - whole.first;
  const auto cut = [&](std::int64_t p) {
    return p == parts ? whole.last
                      : std::min(whole.last, whole.first + padded_columns(length * p / parts));
  };
  return {cut(part), cut(part + 1)};
}

std::int64_t blocks_of(const Range& range) {
  return (range.last - range.first + tile_side - 1) / tile_side;
}

enum class Walk { first, second };

/// Sets what is no negative in a tile of scores of rows × columns.
template <class Element>
void mark(const SymmetricProblem<Element>& problem, const Range& rows, const Range& columns,
          ScoreTile& tile) {
  const auto unset = [&](std::int64_t i, std::int64_t j) {
    tile.masked = true;
    tile.values[(i - rows.first) * tile.stride + j - columns.first] = no_negative;
  };
  for (std::int64_t i = rows.first; i < rows.last; ++i)
    for (std::int64_t j = columns.last; j < columns.first + tile.columns; ++j) unset(i, j);
  const std::int64_t first = std::max(rows.first, columns.first);
  const std::int64_t last = std::min(rows.last, columns.last);
  for (std::int64_t i = first; i < last; ++i) unset(i, i);
  if (problem.excluded->size() == 0) return;
  for (std::int64_t i = rows.first; i < rows.last; ++i)
    for (const std::int64_t j : problem.excluded->columns(i, columns.first, columns.last))
      unset(i, j);
}

/// The tile of scores of rows × columns, kept where there is room, else in `storage`.
template <class Element>
ScoreTile score_tile(const SymmetricProblem<Element>& problem, TileProducts<Element>& products,
                     const Range& rows, const Range& columns, float* storage, Walk walk) {
  const std::int64_t width = columns.last - columns.first, stride = padded_columns(problem.samples);
  ScoreTile tile{storage, rows.last - rows.first, padded_columns(width), padded_columns(width),
                 false};
  if (problem.kept != nullptr) {
    tile.values = problem.kept + rows.first * stride + columns.first;
    tile.stride = stride;
    tile.masked = true;
    if (walk == Walk::second) return tile;
  }
  products.scores(problem.a.row(rows.first), tile.rows, problem.b.row(columns.first), width,
                  problem.a.dim, tile.values, tile.stride);
  mark(problem, rows, columns, tile);
  return tile;
}

/// While it lives, oneDNN, too, computes on the calling thread alone: in a parallel region of one
/// thread it would wake the others.
class Alone {
 public:
  Alone() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~Alone() { omp_set_num_threads(before_); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  int before_;
};

/// Calls visit(products, rows, columns, tile, storage) for every tile, in parallel; `storage` has
/// room for a tile and may be the tile's own.
///
/// The square is cut into threads × threads parts. In step s thread t takes part (t, t + s): no two
/// threads ever hold the same rows or the same columns at once, so that sums over both sides need
/// neither copies nor locks, and each is added to in an order that depends on nothing but the
/// number of threads.
template <class Element, class Visit>
void for_each_tile(const SymmetricProblem<Element>& problem, Walk walk, const Visit& visit) {
  const Range all{0, problem.samples},
      all_rows{problem.first_row, problem.last_row < 0 ? problem.samples : problem.last_row};
  const auto threads = static_cast<int>(
      std::clamp<std::int64_t>(problem.samples / 64, 1, std::max(1, problem.threads)));
  std::optional<Alone> alone;
  if (threads == 1) alone.emplace();
#pragma omp parallel num_threads(threads)
  {
    // The runtime may give fewer threads than were asked for.
    const int team = omp_get_num_threads(), thread = omp_get_thread_num();
    const Range own_rows = part_of(all_rows, thread, team);
    const std::int64_t side = std::min(tile_side, padded_columns(problem.samples / team + 1));
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
          const ScoreTile tile = score_tile(problem, products, rows, columns, storage.get(), walk);
          visit(products, rows, columns, tile, storage.get());
        }
      }
#pragma omp barrier
    }
  }
}

/// The groups of a tile's rows and columns; `storage` takes those of its columns.
TileGroups groups_of(const PositiveGroups& groups, const Range& rows, const Range& columns,
                     std::int64_t samples, std::vector<std::int32_t>& storage) {
  const std::int64_t width = columns.last - columns.first, padded = padded_columns(width);
  storage.assign(static_cast<std::size_t>(groups.columns() * padded), -2);
  for (std::int64_t c = 0; c < groups.columns(); ++c)
    std::copy_n(groups.candidates(c) + columns.first, width, storage.begin() + c * padded);
  return {groups.columns(), groups.anchors(0) + rows.first, samples, storage.data(), padded};
}

}  // namespace

std::pair<std::int64_t, std::int64_t> part_of_rows(std::int64_t samples, int part, int parts) {
  const Range rows = part_of({0, samples}, part, parts);
  return {rows.first, rows.last};
}

std::int64_t kept_scores(std::int64_t samples) {
  const std::int64_t all = samples * padded_columns(samples);
  return all <= most_kept ? all : 0;
}

NegativeFigures::NegativeFigures(std::int64_t samples)
    : sum(padded_columns(samples), 0.0), largest(padded_columns(samples), no_negative) {}

template <class Element>
void add_scores(const SymmetricProblem<Element>& problem, NegativeFigures& rows,
                NegativeFigures& columns) {
  const bool fits = problem.scale.fits();
  for_each_tile(problem, Walk::first,
                [&](TileProducts<Element>&, const Range& row, const Range& column,
                    const ScoreTile& tile, float*) {
                  const SideFigures row_figures{&rows.sum[row.first], &rows.largest[row.first]};
                  const SideFigures column_figures{&columns.sum[column.first],
                                                   &columns.largest[column.first]};
                  if (fits)
                    add_exponentials(tile, problem.scale, row_figures, column_figures);
                  else
                    add_shifted_exponentials(tile, problem.scale, row_figures, column_figures);
                });
}

template <class Element>
double add_gradients(const SymmetricProblem<Element>& problem, const GradientWeights& weights,
                     float center, float* a_gradient, float* b_gradient) {
  const bool fits = problem.scale.fits();
  const std::int64_t dim = problem.a.dim;
  std::vector<double> spread(std::max(1, problem.threads), 0.0);  // of each thread
  for_each_tile(
      problem, Walk::second,
      [&](TileProducts<Element>& products, const Range& row, const Range& column,
          const ScoreTile& tile, float* of_tile) {
        const float *row_weight = &weights.row_weight[row.first],
                    *column_weight = &weights.column_weight[column.first];
        spread[omp_get_thread_num()] +=
            fits ? weigh_exponentials(tile, problem.scale, row_weight, column_weight, center,
                                      of_tile)
                 : weigh_shifted_exponentials(tile, problem.scale, row_weight, column_weight,
                                              &weights.row_top[row.first],
                                              &weights.column_top[column.first], center, of_tile);
        products.take_weights(of_tile, tile.rows, column.last - column.first, tile.columns);
        products.add_to_rows(problem.b.row(column.first), dim, a_gradient + row.first * dim);
        products.add_to_columns(problem.a.row(row.first), dim, b_gradient + column.first * dim);
      });
  return std::accumulate(spread.begin(), spread.end(), 0.0);
}

template <class Element>
SlopeSums add_sigmoids(const SymmetricProblem<Element>& problem, const SigmoidWalk& walk) {
  const bool fits = problem.scale.fits();
  const std::int64_t dim = problem.a.dim;
  std::vector<SlopeSums> sums(std::max(1, problem.threads));  // of each thread
  for_each_tile(
      problem, Walk::first,
      [&](TileProducts<Element>& products, const Range& row, const Range& column,
          const ScoreTile& tile, float* of_tile) {
        if (walk.rows != nullptr) {
          const SideFigures row_figures{&walk.rows->sum[row.first], &walk.rows->largest[row.first]};
          const SideFigures column_figures{&walk.columns->sum[column.first],
                                           &walk.columns->largest[column.first]};
          if (fits)
            add_exponentials(tile, problem.scale, row_figures, column_figures);
          else
            add_shifted_exponentials(tile, problem.scale, row_figures, column_figures);
        }
        sums[omp_get_thread_num()] += weigh_sigmoids(
            tile, walk.odds, walk.row_weight + row.first, walk.column_weight + column.first,
            walk.row_loss + row.first, walk.column_loss + column.first);
        if (walk.a_gradient == nullptr) return;
        products.take_weights(of_tile, tile.rows, column.last - column.first, tile.columns);
        products.add_to_rows(problem.b.row(column.first), dim, walk.a_gradient + row.first * dim);
        products.add_to_columns(problem.a.row(row.first), dim,
                                walk.b_gradient + column.first * dim);
      });
  SlopeSums whole;
  for (const SlopeSums& part : sums) whole += part;
  return whole;
}

template <class Element>
double add_grouped_scores(const SymmetricProblem<Element>& problem, const PositiveGroups& groups,
                          GroupedFigures& rows, GroupedFigures& columns) {
  std::vector<double> negative(std::max(1, problem.threads), 0.0);  // of each thread
  for_each_tile(problem, Walk::first,
                [&](TileProducts<Element>&, const Range& row, const Range& column,
                    const ScoreTile& tile, float*) {
                  thread_local std::vector<std::int32_t> storage;
                  const TileGroups own = groups_of(groups, row, column, problem.samples, storage);
                  negative[omp_get_thread_num()] += add_grouped_exponentials(
                      tile, problem.scale, own, rows, row.first, &columns, column.first);
                });
  return std::accumulate(negative.begin(), negative.end(), 0.0);
}

template <class Element>
double add_grouped_gradients(const SymmetricProblem<Element>& problem, const PositiveGroups& groups,
                             const GroupedWeights& rows, const GroupedWeights& columns,
                             float center, float* a_gradient, float* b_gradient) {
  const std::int64_t dim = problem.a.dim;
  std::vector<double> spread(std::max(1, problem.threads), 0.0);  // of each thread
  for_each_tile(
      problem, Walk::second,
      [&](TileProducts<Element>& products, const Range& row, const Range& column,
          const ScoreTile& tile, float* of_tile) {
        thread_local std::vector<std::int32_t> storage;
        const TileGroups own = groups_of(groups, row, column, problem.samples, storage);
        spread[omp_get_thread_num()] += weigh_grouped_exponentials(
            tile, problem.scale, own, rows, row.first, &columns, column.first, center, of_tile);
        products.take_weights(of_tile, tile.rows, column.last - column.first, tile.columns);
        products.add_to_rows(problem.b.row(column.first), dim, a_gradient + row.first * dim);
        products.add_to_columns(problem.a.row(row.first), dim, b_gradient + column.first * dim);
      });
  return std::accumulate(spread.begin(), spread.end(), 0.0);
}

template void add_scores(const SymmetricProblem<float>&, NegativeFigures&, NegativeFigures&);
template void add_scores(const SymmetricProblem<std::uint16_t>&, NegativeFigures&,
                         NegativeFigures&);
template double add_gradients(const SymmetricProblem<float>&, const GradientWeights&, float, float*,
                              float*);
template double add_gradients(const SymmetricProblem<std::uint16_t>&, const GradientWeights&, float,
                              float*, float*);
template SlopeSums add_sigmoids(const SymmetricProblem<float>&, const SigmoidWalk&);
template SlopeSums add_sigmoids(const SymmetricProblem<std::uint16_t>&, const SigmoidWalk&);
template double add_grouped_scores(const SymmetricProblem<float>&, const PositiveGroups&,
                                   GroupedFigures&, GroupedFigures&);
template double add_grouped_scores(const SymmetricProblem<std::uint16_t>&, const PositiveGroups&,
                                   GroupedFigures&, GroupedFigures&);
template double add_grouped_gradients(const SymmetricProblem<float>&, const PositiveGroups&,
                                      const GroupedWeights&, const GroupedWeights&, float, float*,
                                      float*);
template double add_grouped_gradients(const SymmetricProblem<std::uint16_t>&, const PositiveGroups&,
                                      const GroupedWeights&, const GroupedWeights&, float, float*,
                                      float*);

}  // namespace cmc::kernels
