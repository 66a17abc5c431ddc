#include "cmc/contrast/view_graph.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "cmc/error.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::contrast {

ViewGraph ViewGraph::core(std::int64_t view, std::int64_t views) {
  ViewGraph graph{.views = views, .pairs = {}};
  check(view >= 0 && view < views, "the core view is {}, but the views are 0 … {}", view,
        views - 1);
  for (std::int64_t other = 0; other < views; ++other) {
    if (other == view) continue;
    graph.pairs.push_back({view, other});
    graph.pairs.push_back({other, view});
  }
  check_view_graph(graph);
  return graph;
}

ViewGraph ViewGraph::full(std::int64_t views) {
  ViewGraph graph{.views = views, .pairs = {}};
  for (std::int64_t i = 0; i < views; ++i) {
    for (std::int64_t j = i + 1; j < views; ++j) {
      graph.pairs.push_back({i, j});
      graph.pairs.push_back({j, i});
    }
  }
  check_view_graph(graph);
  return graph;
}

ViewGraph ViewGraph::list(std::int64_t views, std::vector<ViewPair> pairs) {
  ViewGraph graph{.views = views, .pairs = std::move(pairs)};
  check_view_graph(graph);
  return graph;
}

void check_view_graph(const ViewGraph& graph) {
  check(graph.views >= 2, "the view graph has {} views; contrasting needs at least 2", graph.views);
  check(!graph.pairs.empty(), "the view graph has no pairs of views to contrast");
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const auto& [anchor, candidate, weight] : graph.pairs) {
    for (const std::int64_t view : {anchor, candidate})
      check(view >= 0 && view < graph.views,
            "the view graph names view {}, which isn't there: the views are 0 … {}", view,
            graph.views - 1);
    check(anchor != candidate, "the view graph pairs view {} with itself", anchor);
    check(std::isfinite(weight) && weight > 0,
          "the pair ({}, {}) of the view graph has weight {}; weights are finite and positive",
          anchor, candidate, weight);
    check(seen.insert({anchor, candidate}).second,
          "the pair ({}, {}) stands twice in the view graph", anchor, candidate);
  }
}

bool has_a_pair(const ViewGraph& graph, const at::Tensor& present, const at::Tensor& groups,
                const at::Tensor& positives, std::optional<std::int64_t> anchors) {
  // Sample by sample, since nearly always the first one has a negative. Anchors come first.
  const auto apart = [&](const at::Tensor& of, const at::Tensor& rows) {
    std::int64_t tried = of.size(0);
    if (anchors) tried = rows.defined() ? (rows < *anchors).sum().item<std::int64_t>() : *anchors;
    if (!positives.defined()) return tried > 0 && of.size(0) > 1 && of.ne(of[0]).any().item<bool>();
    const at::Tensor shared = rows.defined() ? positives.index_select(0, rows) : positives;
    for (std::int64_t i = 0; i < tried; ++i) {
      const at::Tensor positive = kernels::positive_mask(shared.narrow(0, i, 1), shared)[0];
      if (of.ne(of[i]).logical_and(positive.logical_not()).any().item<bool>()) return true;
    }
    return false;
  };
  if (!present.defined()) return apart(groups, {});
  return std::ranges::any_of(graph.pairs, [&](const ViewPair& pair) {
    const at::Tensor both =
        present.select(1, pair.anchor).logical_and(present.select(1, pair.candidate));
    const at::Tensor rows = both.nonzero().squeeze(1);
    return apart(groups.index_select(0, rows), rows);
  });
}

}  // namespace cmc::contrast
