#include "cmc/evaluation/knn.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include "cmc/error.h"
#include "cmc/evaluation/retrieval.h"

namespace cmc::evaluation {

at::Tensor knn_predict(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
                       std::int64_t classes, const KnnOptions& options) {
  const at::NoGradGuard no_grad;
  check(
      labels.dim() == 1 && train.dim() == 2 && labels.size(0) == train.size(0),
      "k nearest neighbours were given features [{}] and labels [{}]: they must be [N, F] and [N]",
      fmt::join(train.sizes(), ", "), fmt::join(labels.sizes(), ", "));
  check(options.temperature > 0, "temperature = {}: it must be positive", options.temperature);
  const Neighbours found = nearest_neighbours(queries, train, options.k);
  // Relative to the nearest: the same order, and no overflow for a small τ.
  const at::Tensor weights =
      ((found.similarity - found.similarity.slice(1, 0, 1)) / options.temperature).exp();
  const at::Tensor votes = at::zeros({queries.size(0), classes});
  votes.scatter_add_(1, labels.index_select(0, found.indices.flatten()).view_as(found.indices),
                     weights);
  return votes.argmax(1);
}

}  // namespace cmc::evaluation
