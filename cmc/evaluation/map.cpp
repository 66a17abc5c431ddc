#include "cmc/evaluation/map.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

at::Tensor squared_distances(const at::Tensor& x) {
  const at::Tensor norms = x.square().sum(1);
  return at::addmm(norms.unsqueeze(1) + norms.unsqueeze(0), x, x.t(), 1, -2).clamp_min_(0);
}

/// The row of eq. 1 whose entropy is log(perplexity), from squared distances whose least is 0; its
/// own place holds an infinite one. H(β) falls as β = 1 / (2 σ²) grows: bisection on log β.
void fill_in_row(const float* distances, float* p, std::int64_t n, double entropy) {
  double low = -30, high = 30;
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (low + high);
    const auto beta = static_cast<float>(std::exp(middle));
    double sum = 0, mean = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      p[j] = std::exp(-beta * distances[j]);
      sum += p[j];
      if (p[j] > 0) mean += static_cast<double>(p[j]) * distances[j];
    }
    const double h = std::log(sum) + static_cast<double>(beta) * mean / sum;
    if (i == 39 || std::abs(h - entropy) < 1e-6) {
      for (std::int64_t j = 0; j < n; ++j) p[j] = static_cast<float>(p[j] / sum);
      return;
    }
    (h > entropy ? low : high) = middle;
  }
}

/// p of eq. 1 and 2: rows at the perplexity, then symmetric, summing to 1.
at::Tensor neighbour_probabilities(const at::Tensor& x, double perplexity) {
  const std::int64_t n = x.size(0);
  at::Tensor distances = squared_distances(x);
  distances.fill_diagonal_(std::numeric_limits<float>::infinity());
  distances = distances - std::get<0>(distances.min(1, true));
  const double spread = distances.masked_select(distances.isfinite()).mean().item<double>() + 1e-30;
  distances.div_(spread);
  const at::Tensor p = at::empty_like(distances);
  at::parallel_for(0, n, 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      fill_in_row(distances.data_ptr<float>() + i * n, p.data_ptr<float>() + i * n, n,
                  std::log(perplexity));
  });
  return ((p + p.t()) / (2.0 * static_cast<double>(n))).clamp_min_(1e-12);
}

/// Sums over j of one point's pairs, with d = yᵢ − yⱼ and q = 1 / (1 + ‖d‖²).
struct Pull {
  double q = 0;                     // Σ q, its own of 1 among them
  double near_x = 0, near_y = 0;    // Σ pᵢⱼ q d
  double apart_x = 0, apart_y = 0;  // Σ q² d
};

Pull pull(float x, float y, const float* xs, const float* ys, const float* p, std::int64_t n) {
  constexpr std::int64_t lanes = 8;  // sums that the compiler can keep side by side
  float q_sum[lanes] = {}, near_x[lanes] = {}, near_y[lanes] = {}, apart_x[lanes] = {},
        apart_y[lanes] = {};
  const auto add = [&](std::int64_t j, std::int64_t lane) {
    const float dx = x - xs[j], dy = y - ys[j];
    const float q = 1 / (1 + dx * dx + dy * dy);
    const float near = p[j] * q, apart = q * q;
    q_sum[lane] += q;
    near_x[lane] += near * dx;
    near_y[lane] += near * dy;
    apart_x[lane] += apart * dx;
    apart_y[lane] += apart * dy;
  };
  std::int64_t j = 0;
  for (; j + lanes <= n; j += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) add(j + lane, lane);
  for (; j < n; ++j) add(j, 0);
  Pull pull;
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    pull.q += q_sum[lane];
    pull.near_x += near_x[lane];
    pull.near_y += near_y[lane];
    pull.apart_x += apart_x[lane];
    pull.apart_y += apart_y[lane];
  }
  return pull;
}

/// Eq. 5, dC/dyᵢ = 4 Σⱼ (f pᵢⱼ − qᵢⱼ)(yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²), with all p times f: float32
/// [N, 2] of y [N, 2] and p [N, N]. One pass over p.
at::Tensor tsne_gradient(const at::Tensor& y, const at::Tensor& p, double f) {
  const std::int64_t n = y.size(0);
  const at::Tensor xs = y.select(1, 0).contiguous(), ys = y.select(1, 1).contiguous();
  const float *const x = xs.data_ptr<float>(), *const own_y = ys.data_ptr<float>();
  std::vector<Pull> pulls(static_cast<std::size_t>(n));
  at::parallel_for(0, n, 64, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      pulls[i] = pull(x[i], own_y[i], x, own_y, p.data_ptr<float>() + i * n, n);
  });
  double sum = 0;
  for (const Pull& each : pulls) sum += each.q - 1;
  const at::Tensor gradient = at::empty({n, 2}, at::kFloat);
  float* const to = gradient.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    to[2 * i] = static_cast<float>(4 * (f * pulls[i].near_x - pulls[i].apart_x / sum));
    to[2 * i + 1] = static_cast<float>(4 * (f * pulls[i].near_y - pulls[i].apart_y / sum));
  }
  return gradient;
}

}  // namespace

at::Tensor principal_map(const at::Tensor& features) {
  const at::NoGradGuard no_grad;
  check(features.dim() == 2 && features.size(0) >= 2,
        "a map needs features [N, F] of 2 points or more");
  at::Tensor x = features.to(at::kDouble);
  x = x - x.mean(0);
  const bool wide = x.size(1) > x.size(0);
  const auto [values, vectors] = at::linalg_eigh(wide ? at::mm(x, x.t()) : at::mm(x.t(), x));
  const std::int64_t axes = std::min<std::int64_t>(2, vectors.size(1));
  at::Tensor top = vectors.slice(1, vectors.size(1) - axes).flip(1);
  at::Tensor map = wide ? top * values.slice(0, values.size(0) - axes).flip(0).clamp_min(0).sqrt()
                        : at::mm(x, top);
  if (axes == 1) map = at::cat({map, at::zeros_like(map)}, 1);
  const at::Tensor largest = map.abs().argmax(0, true);
  map = map * at::where(map.gather(0, largest) < 0, -1.0, 1.0);
  return map.to(at::kFloat);
}

at::Tensor tsne(const at::Tensor& features, const MapOptions& options) {
  const at::NoGradGuard no_grad;
  const std::int64_t n = features.size(0);
  check(features.dim() == 2 && n >= 4, "t-SNE needs features [N, F] of 4 points or more");
  check(options.perplexity > 1, "perplexity = {}: it must be more than 1", options.perplexity);
  check(options.iterations > 0, "iterations = {}: it must be positive", options.iterations);
  const double perplexity =
      std::min(options.perplexity, std::max(1.01, static_cast<double>(n - 1) / 3));
  constexpr double exaggeration = 12;
  const at::Tensor p = neighbour_probabilities(features.to(at::kFloat), perplexity);
  at::Tensor y = principal_map(features);
  y = y / y.select(1, 0).std().clamp_min(1e-12) * 1e-4;
  at::Tensor velocity = at::zeros_like(y), gains = at::ones_like(y);
  const double rate = std::max(static_cast<double>(n) / exaggeration / 4, 50.0);
  const int early = options.iterations / 2;
  for (int i = 0; i < options.iterations; ++i) {
    const double factor = i < early ? exaggeration : 1, momentum = i < early ? 0.5 : 0.8;
    const at::Tensor gradient = tsne_gradient(y, p, factor);
    const at::Tensor turned = (gradient * velocity) < 0;
    gains = at::where(turned, gains + 0.2, gains * 0.8).clamp_min_(0.01);
    velocity = momentum * velocity - rate * gains * gradient;
    y = y + velocity;
    y = y - y.mean(0);
  }
  return y;
}

}  // namespace cmc::evaluation
