#include "cmc/evaluation/cross_view.h"

#include <ATen/ATen.h>

#include <cmath>

#include "cmc/evaluation/retrieval.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// The share of samples with a label for which, among those with a label, one of their class comes
/// first; NaN where fewer than two have one.
double class_first(const at::Tensor& queries, const at::Tensor& gallery, const at::Tensor& labels) {
  const at::Tensor having = labelled(labels);
  if (having.size(0) < 2) return std::nan("");
  const at::Tensor found =
      nearest_neighbours(queries.index_select(0, having), gallery.index_select(0, having), 1)
          .indices.flatten();
  const at::Tensor own = labels.index_select(0, having);
  return own.eq(own.index_select(0, found)).to(at::kDouble).mean().item<double>();
}

}  // namespace

std::vector<RetrievalRow> retrieve_across_views(const Features& features,
                                                const std::vector<std::string>& views) {
  const at::NoGradGuard no_grad;
  std::vector<RetrievalRow> rows;
  for (std::size_t from = 0; from < views.size(); ++from) {
    for (std::size_t to = 0; to < views.size(); ++to) {
      if (from == to) continue;
      const at::Tensor chosen = rows_having(features, {from, to});
      const std::int64_t n = chosen.size(0);
      if (n < 2) continue;
      const at::Tensor queries = features.embeddings[from].index_select(0, chosen),
                       gallery = features.embeddings[to].index_select(0, chosen);
      const CrossViewRetrieval ranks = cross_view_retrieval(queries, gallery);
      rows.push_back(
          {.from = views[from],
           .to = views[to],
           .recall_at_1 = ranks.recall_at_1,
           .recall_at_5 = ranks.recall_at_5,
           .recall_at_10 = ranks.recall_at_10,
           .median_rank = ranks.median_rank,
           .class_at_1 = class_first(queries, gallery, features.labels.index_select(0, chosen)),
           .candidates = n});
    }
  }
  return rows;
}

}  // namespace cmc::evaluation
