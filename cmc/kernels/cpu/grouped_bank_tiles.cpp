#include "cmc/kernels/cpu/grouped_bank_tiles.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cmc/kernels/cpu/tile_products.h"

namespace cmc::kernels {
namespace {

constexpr std::int64_t tile_rows = 256;
constexpr std::int64_t tile_columns = 256;

/// A tile of scores of anchors from `row` on with `width` candidates, whose rows are at
/// `candidates` [width, dim] or, where each anchor has its own, are named by `picks`.
struct BankTile {
  ScoreTile scores;
  TileGroups groups;
  std::int64_t row = 0;
  std::int64_t width = 0;
  const float* candidates = nullptr;
  const std::int64_t* picks = nullptr;
};

/// What a thread holds as it walks.
struct Walker {
  explicit Walker(const BankProblem& problem, const PositiveGroups& groups)
      : problem(problem),
        groups(groups),
        scores((problem.own_picks ? 1 : tile_rows) * tile_columns),
        ids(groups.columns() * tile_columns),
        lengths(tile_columns) {}

  /// Takes the candidates from `column` on, those that `picks` name where it is not null.
  void take(const std::int64_t* picks, std::int64_t column, std::int64_t width) {
    std::fill(ids.begin(), ids.end(), -2);
    for (std::int64_t c = 0; c < groups.columns(); ++c) {
      const std::int32_t* from = groups.candidates(c);
      for (std::int64_t j = 0; j < width; ++j)
        ids[c * tile_columns + j] = from[picks != nullptr ? picks[j] : column + j];
    }
  }

  /// Keeps the first candidate that has not unit length.
  void measure(const BankRows& rows, const std::int64_t* picks, std::int64_t column,
               std::int64_t width, const std::int64_t* names) {
    gathered_lengths(rows, picks, width, lengths.data());
    for (std::int64_t j = 0; j < width; ++j) {
      if (std::abs(lengths[j] - 1) <= length_tolerance(problem.bank.bfloat16)) continue;
      const std::int64_t row = names != nullptr ? names[j] : column + j;
      if (odd_row < 0 || row < odd_row) odd_row = row;
    }
  }

  /// The tile of what was taken last: its padding and its excluded pairs are set apart.
  BankTile tile(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t width) {
    const std::int64_t padded = padded_columns(width);
    for (std::int64_t r = 0; r < rows; ++r) {
      float* of_row = scores.data() + r * padded;
      std::fill(of_row + width, of_row + padded, no_negative);
      for (const std::int64_t j : problem.excluded->columns(row + r, column, column + width))
        of_row[j - column] = no_negative;
    }
    return {{scores.data(), rows, padded, padded, true},
            {groups.columns(), groups.anchors(0) + row, problem.count, ids.data(), tile_columns},
            row,
            width,
            nullptr,
            nullptr};
  }

  const BankProblem& problem;
  const PositiveGroups& groups;
  std::vector<float> scores;
  std::vector<std::int32_t> ids;
  std::vector<float> lengths;
  std::int64_t odd_row = -1;
};

/// Candidates [first, last) against all anchors: calls visit(products, tile) for every tile.
template <class Visit>
void walk_columns(Walker& walker, std::int64_t first, std::int64_t last, const Visit& visit) {
  const BankProblem& problem = walker.problem;
  const std::int64_t dim = problem.bank.dim;
  const bool in_place = !problem.bank.bfloat16 && !problem.picks;
  std::vector<float> copied(in_place ? 0 : tile_columns * dim);
  TileProducts<float> products;
  for (std::int64_t column = first; column < last; column += tile_columns) {
    const std::int64_t width = std::min(tile_columns, last - column);
    const std::int64_t* picks = problem.picks != nullptr ? problem.picks + column : nullptr;
    const float* candidates = copied.data();
    if (in_place)
      candidates = static_cast<const float*>(problem.bank.values) + column * dim;
    else
      copy_rows(problem.bank, picks, column, width, copied.data());
    walker.take(picks, column, width);
    walker.measure({candidates, false, dim}, nullptr, column, width, picks);
    for (std::int64_t row = 0; row < problem.count; row += tile_rows) {
      const std::int64_t rows = std::min(tile_rows, problem.count - row);
      products.scores(problem.anchors + row * dim, rows, candidates, width, dim,
                      walker.scores.data(), padded_columns(width));
      BankTile tile = walker.tile(row, rows, column, width);
      tile.candidates = candidates;
      visit(products, tile);
    }
  }
}

/// One anchor against its own picks.
template <class Visit>
void walk_picks(Walker& walker, std::int64_t anchor, const Visit& visit) {
  const BankProblem& problem = walker.problem;
  const std::int64_t dim = problem.bank.dim;
  TileProducts<float> products;
  for (std::int64_t column = 0; column < problem.width; column += tile_columns) {
    const std::int64_t width = std::min(tile_columns, problem.width - column);
    const std::int64_t* picks = problem.picks + anchor * problem.width + column;
    gathered_scores(problem.anchors + anchor * dim, problem.bank, picks, width,
                    walker.scores.data());
    walker.take(picks, column, width);
    walker.measure(problem.bank, picks, column, width, picks);
    BankTile tile = walker.tile(anchor, 1, column, width);
    tile.picks = picks;
    visit(products, tile);
  }
}

/// Calls visit(thread, products, tile) for every tile, in parallel: each thread has candidates of
/// its own, or, where each anchor has its own picks, anchors. Returns the first candidate that has
/// not unit length; −1: there is none.
template <class Visit>
std::int64_t for_each_bank_tile(const BankProblem& problem, const PositiveGroups& groups,
                                int threads, const Visit& visit) {
  std::int64_t odd_row = -1;
#pragma omp parallel num_threads(threads)
  {
    const int team = omp_get_num_threads(), thread = omp_get_thread_num();
    Walker walker(problem, groups);
    const auto own = [&](TileProducts<float>& products, const BankTile& tile) {
      visit(thread, products, tile);
    };
    if (problem.own_picks) {
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < problem.count; ++i) walk_picks(walker, i, own);
    } else {
      const auto cut = [&](std::int64_t t) {
        return t == team ? problem.width
                         : std::min(problem.width, padded_columns(problem.width * t / team));
      };
      walk_columns(walker, cut(thread), cut(thread + 1), own);
    }
#pragma omp critical
    if (walker.odd_row >= 0 && (odd_row < 0 || walker.odd_row < odd_row)) odd_row = walker.odd_row;
  }
  return odd_row;
}

/// Adds a sum relative to its own top to one relative to another; the larger top is that of both.
void add_sum(double sum, float top, double& to, float& to_top, const ScoreScale& scale) {
  const float most = std::max(top, to_top);
  const auto rescaled = [&](double value, float own) {
    return scale.fits()
               ? value
               : value * std::exp((static_cast<double>(own) - most) * scale.inverse_temperature);
  };
  to = rescaled(to, to_top) + rescaled(sum, top);
  to_top = most;
}

void merge(const GroupedFigures& part, std::int64_t count, const ScoreScale& scale,
           GroupedFigures& whole) {
  for (std::int64_t i = 0; i < count; ++i) {
    add_sum(part.negative_sum[i], part.negative_top[i], whole.negative_sum[i],
            whole.negative_top[i], scale);
    add_sum(part.positive_sum[i], part.positive_top[i], whole.positive_sum[i],
            whole.positive_top[i], scale);
    whole.positive_score[i] += part.positive_score[i];
    whole.positives[i] += part.positives[i];
  }
}

}  // namespace

GroupedBankFigures grouped_bank_figures(const BankProblem& problem, const PositiveGroups& groups) {
  const int threads = std::max(1, problem.threads);
  GroupedBankFigures whole{.anchors = GroupedFigures(problem.count)};
  std::vector<GroupedFigures> parts(problem.own_picks ? 1 : threads, whole.anchors);
  std::vector<double> negative(threads, 0.0);
  whole.odd_row = for_each_bank_tile(
      problem, groups, threads, [&](int thread, TileProducts<float>&, const BankTile& tile) {
        negative[thread] +=
            add_grouped_exponentials(tile.scores, problem.scale, tile.groups,
                                     parts[problem.own_picks ? 0 : thread], tile.row, nullptr, 0);
      });
  for (const GroupedFigures& part : parts) merge(part, problem.count, problem.scale, whole.anchors);
  for (const double sum : negative) whole.negative += sum;
  return whole;
}

double add_grouped_bank_gradient(const BankProblem& problem, const PositiveGroups& groups,
                                 const GroupedWeights& weights, float center, float* gradient) {
  const int threads = std::max(1, problem.threads);
  const std::int64_t dim = problem.bank.dim, size = problem.count * dim;
  std::vector<std::vector<float>> parts(problem.own_picks ? 1 : threads);
  std::vector<double> spread(threads, 0.0);
  for (std::vector<float>& part : parts) part.assign(static_cast<std::size_t>(size), 0.0f);
  for_each_bank_tile(
      problem, groups, threads,
      [&](int thread, TileProducts<float>& products, const BankTile& tile) {
        float* of_tile = tile.scores.values;
        float* to = parts[problem.own_picks ? 0 : thread].data() + tile.row * dim;
        spread[thread] +=
            weigh_grouped_exponentials(tile.scores, problem.scale, tile.groups, weights, tile.row,
                                       nullptr, 0, center, of_tile);
        if (tile.picks != nullptr) {
          add_gathered(problem.bank, tile.picks, of_tile, tile.width, to);
          return;
        }
        products.take_weights(of_tile, tile.scores.rows, tile.width, tile.scores.columns);
        products.add_to_rows(tile.candidates, dim, to);
      });
  double all = 0;
  for (const std::vector<float>& part : parts)
    for (std::int64_t i = 0; i < size; ++i) gradient[i] += part[i];
  for (const double sum : spread) all += sum;
  return all;
}

}  // namespace cmc::kernels
