#include "cmc/evaluation/map.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

at::Tensor squared_distances(const at::Tensor& x) {
  const at::Tensor norms = x.square().sum(1);
  return at::addmm(norms.unsqueeze(1) + norms.unsqueeze(0), x, x.t(), 1, -2).clamp_min_(0);
}

/// p of eq. 1 and 2: rows at the perplexity, then symmetric, summing to 1.
at::Tensor neighbour_probabilities(const at::Tensor& x, double perplexity) {
  const std::int64_t n = x.size(0);
  at::Tensor distances = squared_distances(x);
  distances.fill_diagonal_(std::numeric_limits<float>::infinity());
  distances = distances - std::get<0>(distances.min(1, true));
  // H(β) falls as β = 1 / (2 σ²) grows: bisection on log β, all rows at once.
  at::Tensor low = at::full({n, 1}, -30.0f), high = at::full({n, 1}, 30.0f), p;
  const double entropy = std::log(perplexity);
  const double spread = distances.masked_select(distances.isfinite()).mean().item<double>() + 1e-30;
  distances.div_(spread);
  const at::Tensor finite = at::where(distances.isfinite(), distances, at::zeros({}));
  for (int i = 0; i < 40; ++i) {
    const at::Tensor middle = 0.5 * (low + high), beta = middle.exp();
    p = (distances * -beta).exp_();
    const at::Tensor sum = p.sum(1, true);
    p.div_(sum);
    const at::Tensor h = sum.log() + beta * (p * finite).sum(1, true);
    const at::Tensor flat = h > entropy;
    low = at::where(flat, middle, low);
    high = at::where(flat, high, middle);
  }
  return ((p + p.t()) / (2.0 * static_cast<double>(n))).clamp_min_(1e-12);
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
    at::Tensor q = squared_distances(y).add_(1).reciprocal_();
    q.fill_diagonal_(0);
    const double sum = q.sum().item<double>();
    // Eq. 5: dC/dyᵢ = 4 Σⱼ (pᵢⱼ − qᵢⱼ)(yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²).
    const at::Tensor force = (p * factor).sub_(q, 1 / sum).mul_(q);
    const at::Tensor gradient = 4 * (force.sum(1, true) * y - at::mm(force, y));
    const at::Tensor turned = (gradient * velocity) < 0;
    gains = at::where(turned, gains + 0.2, gains * 0.8).clamp_min_(0.01);
    velocity = momentum * velocity - rate * gains * gradient;
    y = y + velocity;
    y = y - y.mean(0);
  }
  return y;
}

}  // namespace cmc::evaluation
