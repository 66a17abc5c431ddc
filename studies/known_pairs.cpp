#include "studies/known_pairs.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "cmc/information/gaussian.h"
#include "cmc/information/student.h"

namespace cmc::studies {
namespace {

using Kind = KnownPairs::Kind;
using Samples = KnownPairs::Samples;
using Function = std::function<at::Tensor(const at::Tensor&)>;

KnownPairs of_covariance(std::string name, Kind kind, const at::Tensor& covariance,
                         std::int64_t x_dim) {
  const std::int64_t dim = covariance.size(0);
  const at::Tensor root = at::linalg_cholesky(covariance).t().contiguous();
  return {std::move(name),
          kind,
          x_dim,
          dim - x_dim,
          information::gaussian_information(covariance, x_dim),
          [=](std::int64_t n) {
            const at::Tensor both = at::mm(at::randn({n, dim}, at::kDouble), root);
            return Samples{both.narrow(1, 0, x_dim).contiguous(),
                           both.narrow(1, x_dim, dim - x_dim).contiguous()};
          }};
}

KnownPairs bivariate_normal() {
  const at::Tensor covariance = at::full({2, 2}, 0.75, at::kDouble);
  covariance.fill_diagonal_(1);
  return of_covariance("Bivariate normal 1 × 1", Kind::one_dimension, covariance, 1);
}

/// Every two dimensions correlate by ½.
KnownPairs dense(std::int64_t dim) {
  const at::Tensor covariance = at::full({2 * dim, 2 * dim}, 0.5, at::kDouble);
  covariance.fill_diagonal_(1);
  return of_covariance(fmt::format("Multinormal {0} × {0} (dense)", dim), Kind::normal, covariance,
                       dim);
}

/// The first two of each side correlate, by 0.8 each, and nothing else does.
KnownPairs two_pairs(std::int64_t dim) {
  const at::Tensor covariance = at::eye(2 * dim, at::kDouble);
  for (std::int64_t i = 0; i < 2; ++i) {
    covariance[i][dim + i] = 0.8;
    covariance[dim + i][i] = 0.8;
  }
  return of_covariance(fmt::format("Multinormal {0} × {0} (2-pair)", dim), Kind::normal, covariance,
                       dim);
}

/// X uniform on [0, 1], Y = X + N with N uniform on [−ε, ε].
KnownPairs additive_noise(double epsilon) {
  return {fmt::format("Uniform 1 × 1 (additive noise {})", epsilon),
          Kind::one_dimension,
          1,
          1,
          epsilon <= 0.5 ? epsilon - std::log(2 * epsilon) : 1 / (4 * epsilon),
          [=](std::int64_t n) {
            const at::Tensor x = at::rand({n, 1}, at::kDouble);
            return Samples{x, x + epsilon * (2 * at::rand({n, 1}, at::kDouble) - 1)};
          }};
}

/// Independent normal dimensions over one √(χ²/ν) that all share.
KnownPairs student(std::int64_t dim, std::int64_t freedom) {
  return {fmt::format("Student-t {0} × {0} (ν = {1})", dim, freedom),
          Kind::long_tails,
          dim,
          dim,
          information::student_information(dim, dim, static_cast<double>(freedom)),
          [=](std::int64_t n) {
            const at::Tensor scale = (at::randn({n, freedom}, at::kDouble).square().sum(1, true) /
                                      static_cast<double>(freedom))
                                         .sqrt();
            return Samples{at::randn({n, dim}, at::kDouble) / scale,
                           at::randn({n, dim}, at::kDouble) / scale};
          }};
}

KnownPairs transformed(std::string name, Kind kind, const KnownPairs& base, const Function& of_x,
                       const Function& of_y) {
  KnownPairs result = base;
  result.name = std::move(name);
  result.kind = kind;
  result.draw = [=, draw = base.draw](std::int64_t n) {
    const Samples samples = draw(n);
    return Samples{of_x(samples.x), of_y(samples.y)};
  };
  return result;
}

KnownPairs transformed(const std::string& name, const KnownPairs& base, const Function& of) {
  const Kind kind = base.x_dim == 1 ? Kind::one_dimension : Kind::transformed;
  return transformed(fmt::format("{} @ {}", name, base.name), kind, base, of, of);
}

at::Tensor normal_cdf(const at::Tensor& x) {
  return 0.5 * (1 + at::erf(x / std::numbers::sqrt2));
}

at::Tensor half_cube(const at::Tensor& x) {
  return x * x.abs().sqrt();
}

/// The x with w Φ(x − a) + (1 − w) Φ(x − b) = p, by bisection.
Function quantile_of_two_normals(double w, double a, double b) {
  return [=](const at::Tensor& p) {
    at::Tensor low = at::full_like(p, std::min(a, b) - 12), high = at::full_like(p, b + a + 12);
    for (int i = 0; i < 60; ++i) {
      const at::Tensor middle = (low + high) / 2;
      const at::Tensor below = w * normal_cdf(middle - a) + (1 - w) * normal_cdf(middle - b) < p;
      low = at::where(below, middle, low);
      high = at::where(below, high, middle);
    }
    return (low + high) / 2;
  };
}

/// In the plane of dimensions i and i + 1 turned by ‖x‖²/d.
Function spiral(std::int64_t i) {
  return [=](const at::Tensor& x) {
    const at::Tensor angle = x.square().sum(1) / static_cast<double>(x.size(1));
    const at::Tensor turned = x.clone(), a = x.select(1, i), b = x.select(1, i + 1);
    turned.select(1, i).copy_(angle.cos() * a - angle.sin() * b);
    turned.select(1, i + 1).copy_(angle.sin() * a + angle.cos() * b);
    return turned;
  };
}

KnownPairs spiralled(const KnownPairs& base) {
  return transformed("Spiral @ " + base.name, Kind::transformed, base, spiral(0), spiral(1));
}

KnownPairs asinh_of(const KnownPairs& base) {
  return transformed("Asinh", base, [](const at::Tensor& x) { return x.asinh(); });
}

at::Tensor wiggled_x(const at::Tensor& x) {
  return x + 0.4 * x.sin() + 0.2 * (1.7 * x + 1).sin() + 0.03 * (3.3 * x - 2.5).sin();
}
at::Tensor wiggled_y(const at::Tensor& y) {
  return y - 0.4 * (0.4 * y).sin() + 0.17 * (1.3 * y + 3.5).sin() + 0.02 * (4.3 * y - 2.5).sin();
}

at::Tensor swiss_roll(const at::Tensor& u) {
  const at::Tensor t = 1.5 * std::numbers::pi * (1 + 2 * u);
  return at::cat({t * t.cos(), t * t.sin()}, 1) / 21;
}

std::vector<KnownPairs> all_known_pairs() {
  const KnownPairs normal = bivariate_normal();
  const KnownPairs uniform = transformed("Normal CDF", normal, normal_cdf);
  KnownPairs cauchy = student(1, 1);
  std::vector<KnownPairs> all = {
      normal,
      uniform,
      additive_noise(0.1),
      additive_noise(0.75),
      transformed("Bimodal 1 × 1", Kind::one_dimension, uniform, quantile_of_two_normals(0.3, 0, 5),
                  quantile_of_two_normals(0.5, -1, 3)),
      transformed("Wiggly @ Bivariate normal 1 × 1", Kind::one_dimension, normal, wiggled_x,
                  wiggled_y),
      transformed("Half-cube", normal, half_cube),
      cauchy,
      asinh_of(cauchy)};
  KnownPairs roll = transformed("Swiss roll 2 × 1", Kind::one_dimension, uniform, swiss_roll,
                                [](const at::Tensor& y) { return y; });
  roll.x_dim = 2;
  all.push_back(roll);
  for (const std::int64_t dim : {2, 3, 5, 25, 50}) all.push_back(dense(dim));
  for (const std::int64_t dim : {2, 3, 5, 25}) all.push_back(two_pairs(dim));
  for (const auto& [dim, freedom] : {std::pair{2, 1}, {2, 2}, {3, 2}, {3, 3}, {5, 2}, {5, 3}})
    all.push_back(student(dim, freedom));
  for (const std::int64_t dim : {3, 5, 25}) {
    const KnownPairs base = two_pairs(dim);
    const KnownPairs flat = transformed("Normal CDF", base, normal_cdf);
    all.push_back(flat);
    all.push_back(transformed("Half-cube", base, half_cube));
    all.push_back(spiralled(base));
    all.push_back(spiralled(flat));
  }
  for (const auto& [dim, freedom] : {std::pair{2, 1}, {3, 2}, {5, 2}})
    all.push_back(asinh_of(student(dim, freedom)));
  return all;
}

}  // namespace

std::string name(Kind kind) {
  switch (kind) {
    case Kind::one_dimension:
      return "one dimension";
    case Kind::normal:
      return "normal";
    case Kind::long_tails:
      return "long tails";
    case Kind::transformed:
      return "transformed";
  }
  return "";
}

const std::vector<KnownPairs>& known_pairs() {
  static const std::vector<KnownPairs> all = all_known_pairs();
  return all;
}

}  // namespace cmc::studies
