#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace cmc::contrast {

/// One directional loss L^{V₁,V₂}: anchors from view `anchor`, candidates from view `candidate`.
struct ViewPair {
  std::int64_t anchor = 0;
  std::int64_t candidate = 1;
  double weight = 1;

  bool operator==(const ViewPair&) const = default;
};

/// Which ordered pairs of views are contrasted (Tian et al. 2019, section 3.5 and figure 3).
struct ViewGraph {
  std::int64_t views = 2;
  std::vector<ViewPair> pairs = {{0, 1}, {1, 0}};

  /// One view with each other, in both directions: Σ_{j≠i} L(V_i, V_j), eq. 8.
  static ViewGraph core(std::int64_t view, std::int64_t views);

  /// Every pair, in both directions: Σ_{i<j} L(V_i, V_j), eq. 9.
  static ViewGraph full(std::int64_t views);

  /// Ordered pairs with weights, as listed.
  static ViewGraph list(std::int64_t views, std::vector<ViewPair> pairs);
};

/// Throws Error where there are fewer than two views, no pairs, a pair that names a view that isn't
/// there, pairs a view with itself or stands twice, or a weight that is not finite and positive.
void check_view_graph(const ViewGraph& graph);

/// Whether some direction of the graph has two samples with both of its views that are no
/// duplicates of each other, nor positives. present: bool [N, views], or undefined where every
/// sample has all; groups: int64 [N], on the CPU, the same for duplicates; positives: int64 [N, C],
/// on the CPU, as ObjectiveOptions has them, or undefined; anchors: one of the two samples must be
/// among the first so many (BatchExtras::anchors).
bool has_a_pair(const ViewGraph& graph, const at::Tensor& present, const at::Tensor& groups,
                const at::Tensor& positives = {}, std::optional<std::int64_t> anchors = {});

}  // namespace cmc::contrast
