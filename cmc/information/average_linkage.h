#pragma once

#include <cstddef>
#include <vector>

namespace cmc::information {

/// Two clusters that become one. Cluster i < n is item i; cluster n + j is what merge j made.
struct Merge {
  std::size_t left = 0, right = 0;
  double distance = 0;   ///< between the two
  std::size_t size = 0;  ///< items in what they become
};

/// A tree of n items.
struct Linkage {
  std::vector<Merge> merges;       ///< n − 1, in the order in which they are made
  std::vector<std::size_t> order;  ///< the items as the tree's leaves lie side by side
};

/// Agglomerative clustering with average linkage (UPGMA; Sokal and Michener 1958, "A statistical
/// method for evaluating systematic relationships"): of all clusters the two that are nearest
/// become one, again and again, where
///
///   d(A, B) = Σ_{a ∈ A, b ∈ B} d(a, b) / (|A| |B|)
///
/// with the mean over those pairs alone whose distance is known (not NaN); where none is, the
/// largest of all distances. Of equal ones the pair of the first clusters is taken. `order` places
/// each cluster beside the other such that of their ends the two that are nearest meet.
///
/// distances: n × n, symmetric; the diagonal is not read. Throws Error where a row has another
/// size, or no distance is known while n > 1.
Linkage average_linkage(const std::vector<std::vector<double>>& distances);

}  // namespace cmc::information
