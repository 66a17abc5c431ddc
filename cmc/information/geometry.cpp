#include "cmc/information/geometry.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::information {
namespace {

constexpr std::int64_t block_rows = 512;

at::Tensor unit(const at::Tensor& rows, const char* name) {
  check(rows.dim() == 2 && rows.size(0) >= 2, "{} has fewer than 2 rows: [N, D] with N ≥ 2", name);
  return kernels::unit_rows(rows.detach().to(at::kDouble), name);
}

struct Pair {
  at::Tensor a, b;
};

Pair unit_pair(const at::Tensor& a, const at::Tensor& b) {
  kernels::check_same(a, b, "a", "b");
  return {unit(a, "a"), unit(b, "b")};
}

}  // namespace

double alignment(const at::Tensor& a, const at::Tensor& b, double power) {
  const Pair rows = unit_pair(a, b);
  return (rows.a - rows.b).norm(2, 1).pow(power).mean().item<double>();
}

double uniformity(const at::Tensor& z, double t) {
  const at::Tensor rows = unit(z, "z");
  const std::int64_t n = rows.size(0);
  // ‖a − b‖² = 2 − 2 cos on the sphere; the N pairs of a row with itself add exp(0) each.
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += block_rows) {
    const at::Tensor block = rows.narrow(0, begin, std::min(block_rows, n - begin));
    const at::Tensor cosines = at::mm(block, rows.t()).clamp_max(1);
    sum += at::exp(-2 * t * (1 - cosines)).sum().item<double>();
  }
  const auto count = static_cast<double>(n);
  return std::log((sum - count) / (count * (count - 1)));
}

double effective_rank(const at::Tensor& rows) {
  check(rows.dim() == 2 && rows.size(0) >= 2 && rows.size(1) >= 1,
        "the effective rank is of rows [N, D] with N ≥ 2");
  const at::Tensor values = rows.detach().to(at::kDouble);
  check(values.isfinite().all().item<bool>(), "a row has a value that is not finite");
  const at::Tensor centred = values - values.mean(0, true);
  const at::Tensor squares = at::linalg_eigvalsh(at::mm(centred.t(), centred)).clamp_min(0);
  // What rounding leaves of a direction that is not used is no singular value.
  const double largest = squares.max().item<double>();
  if (largest <= 1e-24 * values.square().sum().item<double>()) return 1;
  const at::Tensor sigma =
      at::where(squares > 1e-13 * largest, squares, at::zeros_like(squares)).sqrt();
  const at::Tensor p = sigma / sigma.sum();
  return std::exp(-at::xlogy(p, p).sum().item<double>());
}

MeanSimilarities mean_similarities(const at::Tensor& a, const at::Tensor& b) {
  const Pair rows = unit_pair(a, b);
  const auto n = static_cast<double>(rows.a.size(0));
  const double own = (rows.a * rows.b).sum().item<double>();
  const double all = rows.a.sum(0).dot(rows.b.sum(0)).item<double>();
  return {.positive = own / n, .negative = (all - own) / (n * (n - 1))};
}

double modality_gap(const at::Tensor& a, const at::Tensor& b) {
  const Pair rows = unit_pair(a, b);
  return (rows.a.mean(0) - rows.b.mean(0)).norm().item<double>();
}

}  // namespace cmc::information
