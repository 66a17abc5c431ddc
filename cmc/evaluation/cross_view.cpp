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
      at::Tensor both = at::ones({features.labels.size(0)}, at::kBool);
      if (features.present.defined())
        both = data::present_in(features.present, from)
                   .logical_and(data::present_in(features.present, to));
      const at::Tensor chosen = both.nonzero().squeeze(1);
      const std::int64_t n = chosen.size(0);
      if (n < 2) continue;
      const at::Tensor found =
          nearest_neighbours(features.embeddings[from].index_select(0, chosen),
                             features.embeddings[to].index_select(0, chosen), 1)
              .indices.flatten();
      const at::Tensor labels = features.labels.index_select(0, chosen);
      const auto share = [](const at::Tensor& right) {
        return right.to(at::kDouble).mean().item<double>();
      };
      const at::Tensor same = labels.eq(labels.index_select(0, found)).logical_and(labels.ge(0));
      rows.push_back({views[from], views[to], share(found.eq(at::arange(n))), share(same), n});
    }
  }
  return rows;
}

}  // namespace cmc::evaluation
