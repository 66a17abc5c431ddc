#include "cmc/evaluation/cross_view.h"

#include <ATen/ATen.h>

#include "cmc/evaluation/retrieval.h"

namespace cmc::evaluation {

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
      const at::Tensor found = nearest_neighbours(queries, gallery, 1).indices.flatten();
      const at::Tensor labels = features.labels.index_select(0, chosen);
      const at::Tensor same = labels.eq(labels.index_select(0, found)).logical_and(labels.ge(0));
      rows.push_back({.from = views[from],
                      .to = views[to],
                      .recall_at_1 = ranks.recall_at_1,
                      .recall_at_5 = ranks.recall_at_5,
                      .recall_at_10 = ranks.recall_at_10,
                      .median_rank = ranks.median_rank,
                      .class_at_1 = same.to(at::kDouble).mean().item<double>(),
                      .candidates = n});
    }
  }
  return rows;
}

}  // namespace cmc::evaluation
