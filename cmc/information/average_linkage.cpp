#include "cmc/information/average_linkage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cmc/error.h"

namespace cmc::information {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// A cluster that is not merged yet.
struct Cluster {
  std::size_t name = 0;
  std::vector<std::size_t> items;  ///< as its leaves lie
  // Over the pairs with each other cluster's items, by the clusters' places.
  std::vector<double> sums = {}, counts = {};
};

/// What two clusters' leaves look like side by side, the nearest ends in the middle.
std::vector<std::size_t> side_by_side(std::vector<std::size_t> left, std::vector<std::size_t> right,
                                      const Matrix& distances) {
  const auto nearness = [&](std::size_t a, std::size_t b) {
    const double d = distances[a][b];
    return std::isnan(d) ? std::numeric_limits<double>::infinity() : d;
  };
  const double ends[] = {nearness(left.back(), right.front()), nearness(left.back(), right.back()),
                         nearness(left.front(), right.front()),
                         nearness(left.front(), right.back())};
  const auto best = std::min_element(std::begin(ends), std::end(ends)) - std::begin(ends);
  if (best >= 2) std::ranges::reverse(left);
  if (best % 2 == 1) std::ranges::reverse(right);
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace

Linkage average_linkage(const Matrix& distances) {
  const std::size_t n = distances.size();
  double largest = -std::numeric_limits<double>::infinity();
  std::vector<Cluster> clusters;
  for (std::size_t i = 0; i < n; ++i) {
    check(distances[i].size() == n, "row {} of {} distances has {}; it must have as many", i, n,
          distances[i].size());
    Cluster one{.name = i, .items = {i}};
    for (std::size_t j = 0; j < n; ++j) {
      const bool known = i != j && !std::isnan(distances[i][j]);
      one.sums.push_back(known ? distances[i][j] : 0);
      one.counts.push_back(known ? 1 : 0);
      if (known) largest = std::max(largest, distances[i][j]);
    }
    clusters.push_back(std::move(one));
  }
  check(n < 2 || std::isfinite(largest), "no distance between {} items is known", n);

  Linkage linkage;
  while (clusters.size() > 1) {
    const auto distance = [&](std::size_t a, std::size_t b) {
      const Cluster& one = clusters[a];
      return one.counts[b] > 0 ? one.sums[b] / one.counts[b] : largest;
    };
    std::size_t left = 0, right = 1;
    for (std::size_t a = 0; a < clusters.size(); ++a)
      for (std::size_t b = a + 1; b < clusters.size(); ++b)
        if (distance(a, b) < distance(left, right)) left = a, right = b;

    Cluster& kept = clusters[left];
    const Cluster& gone = clusters[right];
    linkage.merges.push_back(
        {kept.name, gone.name, distance(left, right), kept.items.size() + gone.items.size()});
    kept.items = side_by_side(std::move(kept.items), gone.items, distances);
    kept.name = n + linkage.merges.size() - 1;
    for (std::size_t c = 0; c < clusters.size(); ++c) {
      kept.sums[c] += gone.sums[c];
      kept.counts[c] += gone.counts[c];
      clusters[c].sums[left] = kept.sums[c];
      clusters[c].counts[left] = kept.counts[c];
    }
    const auto place = static_cast<std::ptrdiff_t>(right);
    for (Cluster& cluster : clusters) {
      cluster.sums.erase(cluster.sums.begin() + place);
      cluster.counts.erase(cluster.counts.begin() + place);
    }
    clusters.erase(clusters.begin() + place);
  }
  if (n > 0) linkage.order = std::move(clusters.front().items);
  return linkage;
}

}  // namespace cmc::information
