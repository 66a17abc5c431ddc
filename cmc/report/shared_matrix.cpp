#include "cmc/report/shared_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "cmc/report/figures.h"

namespace cmc::report {
namespace {

using evaluation::InformationMeasurement;
using evaluation::InformationPoint;
using evaluation::PairInformation;
using Rows = std::vector<std::vector<double>>;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The k that most pairs have, of those the largest; 0: there are no pairs.
std::int64_t common_k(const InformationMeasurement& measured) {
  std::map<std::int64_t, int> pairs;
  for (const PairInformation& pair : measured.pairs)
    for (const InformationPoint& point : pair.points)
      if (std::isfinite(point.tight_bound)) ++pairs[point.k];
  std::int64_t best = 0;
  int most = 0;
  for (const auto& [k, count] : pairs)
    if (count >= most) best = k, most = count;
  return best;
}

const InformationPoint* point_at(const PairInformation& pair, std::int64_t k) {
  const auto found = std::ranges::find(pair.points, k, &InformationPoint::k);
  return found == pair.points.end() || !std::isfinite(found->tight_bound) ? nullptr : &*found;
}

/// log(k + 1) − max(0, the mean of both directions); NaN where neither is known.
Rows distances_of(const Rows& bits, double ceiling) {
  const std::size_t n = bits.size();
  Rows distances(n, std::vector<double>(n, unknown));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double one = bits[i][j], other = bits[j][i];
      const double mean = std::isnan(one) ? other : std::isnan(other) ? one : (one + other) / 2;
      if (i != j && !std::isnan(mean)) distances[i][j] = ceiling - std::max(0.0, mean);
    }
  }
  return distances;
}

}  // namespace

std::optional<SharedMatrix> shared_matrix(const InformationMeasurement& measured) {
  SharedMatrix matrix;
  matrix.k = common_k(measured);
  matrix.ceiling = bits(std::log1p(static_cast<double>(matrix.k)));
  std::vector<std::string> views;
  std::map<std::pair<std::string, std::string>, double> bounds;
  for (const PairInformation& pair : measured.pairs) {
    const InformationPoint* const point = point_at(pair, matrix.k);
    if (point == nullptr) continue;
    bounds[{pair.from, pair.to}] = bits(point->tight_bound);
    for (const std::string& view : {pair.from, pair.to})
      if (std::ranges::count(views, view) == 0) views.push_back(view);
  }
  const std::size_t n = views.size();
  if (n < least_matrix_views) return std::nullopt;
  const auto matrix_of = [&](const std::vector<std::string>& names) {
    Rows rows(n, std::vector<double>(n, unknown));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (const auto bound = bounds.find({names[i], names[j]}); bound != bounds.end())
          rows[i][j] = bound->second;
    return rows;
  };
  information::Linkage linkage =
      information::average_linkage(distances_of(matrix_of(views), matrix.ceiling));
  std::vector<std::size_t> places(n);
  for (std::size_t place = 0; place < n; ++place) {
    places[linkage.order[place]] = place;
    matrix.views.push_back(views[linkage.order[place]]);
  }
  for (information::Merge& merge : linkage.merges)
    for (std::size_t* const side : {&merge.left, &merge.right})
      if (*side < n) *side = places[*side];
  for (std::size_t place = 0; place < n; ++place) linkage.order[place] = place;
  matrix.linkage = std::move(linkage);
  matrix.bits = matrix_of(matrix.views);
  return matrix;
}

}  // namespace cmc::report
