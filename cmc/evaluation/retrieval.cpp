#include "cmc/evaluation/retrieval.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/kernels/cpu/nearest_rows.h"
#include "cmc/libtorch.h"

namespace cmc::evaluation {
namespace {

constexpr std::int64_t block = 256;

at::Tensor unit(const at::Tensor& x) {
  const at::Tensor rows = x.to(at::kFloat);
  return (rows / rows.norm(2, 1, true).clamp_min(1e-12)).contiguous();
}

}  // namespace

Neighbours nearest_neighbours(const at::Tensor& queries, const at::Tensor& gallery,
                              std::int64_t k) {
  const at::NoGradGuard no_grad;
  check(queries.dim() == 2 && gallery.dim() == 2 && queries.size(1) == gallery.size(1) &&
            gallery.size(0) > 0,
        "nearest neighbours of [{}] among [{}]: they must be [M, D] and [N, D], N > 0",
        fmt::join(queries.sizes(), ", "), fmt::join(gallery.sizes(), ", "));
  check(k >= 1, "k = {} nearest neighbours: it must be at least 1", k);
  k = std::min(k, gallery.size(0));
  const at::Tensor q = unit(queries), g = unit(gallery);
  Neighbours found{at::empty({q.size(0), k}, at::kLong), at::empty({q.size(0), k}, at::kFloat)};
  kernels::nearest_rows({.queries = q.data_ptr<float>(),
                         .count = q.size(0),
                         .gallery = g.data_ptr<float>(),
                         .gallery_count = g.size(0),
                         .dim = g.size(1),
                         .k = k,
                         .bfloat16 = cpu_has_bfloat16(),
                         .threads = at::get_num_threads()},
                        found.indices.data_ptr<std::int64_t>(), found.similarity.data_ptr<float>());
  return found;
}

CrossViewRetrieval cross_view_retrieval(const at::Tensor& queries, const at::Tensor& gallery) {
  const at::NoGradGuard no_grad;
  check(queries.dim() == 2 && queries.sizes() == gallery.sizes() && queries.size(0) > 0,
        "retrieval between [{}] and [{}]: row i of both must be sample i",
        fmt::join(queries.sizes(), ", "), fmt::join(gallery.sizes(), ", "));
  const std::int64_t n = queries.size(0);
  const at::Tensor q = unit(queries), columns = unit(gallery).t();
  at::Tensor ranks = at::empty({n}, at::kLong);
  for (std::int64_t i = 0; i < n; i += block) {
    const std::int64_t end = std::min(i + block, n);
    const at::Tensor similarity = at::mm(q.slice(0, i, end), columns);
    const at::Tensor own = similarity.diagonal(i).unsqueeze(1);
    // Ties count against the partner: constant embeddings find nothing, nor do those with a NaN.
    ranks.slice(0, i, end).copy_(similarity.lt(own).logical_not().sum(1));
  }
  const auto within = [&](std::int64_t k) {
    return ranks.le(k).to(at::kDouble).mean().item<double>();
  };
  const at::Tensor sorted = std::get<0>(ranks.to(at::kDouble).sort());
  const double median = (sorted[(n - 1) / 2].item<double>() + sorted[n / 2].item<double>()) / 2;
  return {within(1), within(5), within(10), median, n};
}

}  // namespace cmc::evaluation
