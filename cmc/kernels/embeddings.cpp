#include "cmc/kernels/embeddings.h"

#include <ATen/ATen.h>

#include <cmath>

#include <utility>

#include "cmc/error.h"

namespace cmc::kernels {
namespace {

[[noreturn]] void fail_row(std::string_view name, std::int64_t row, double norm) {
  if (norm == 0)
    fail("{}: row {} is zero, so it has no direction; the encoder has collapsed or was not fed",
         name, row);
  fail("{}: row {} holds {}; embeddings must be finite", name, row,
       std::isnan(norm) ? "a NaN" : "an infinity");
}

void check_matrix(const at::Tensor& embeddings, std::string_view name) {
  check(embeddings.defined(), "{}: the embeddings are missing", name);
  check_numbers(embeddings, name);
  check(embeddings.dim() == 2, "{}: embeddings are a matrix [N, D], not [{}]", name,
        fmt::join(embeddings.sizes(), ", "));
  check(embeddings.size(1) > 0,
        "{}: embeddings of dimension D = 0 have no direction; D is at least 1", name);
  check(embeddings.size(0) > 0, "{}: there are no embeddings: N = 0", name);
}

/// Calls row(i) for i in [0, n) on `threads` threads.
template <class Row>
void for_each_row(std::int64_t n, int threads, const Row& row) {
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t i = 0; i < n; ++i) row(i);
}

/// Σ term(d) for d < dim in float64, in eight interleaved sums: one sum would wait for each
/// addition.
template <class Term>
double interleaved_sum(std::int64_t dim, const Term& term) {
  double sums[8] = {};
  std::int64_t d = 0;
  for (; d + 8 <= dim; d += 8)
    for (int lane = 0; lane < 8; ++lane) sums[lane] += term(d + lane);
  for (; d < dim; ++d) sums[0] += term(d);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class Element>
double product(const Element* a, const Element* b, std::int64_t dim) {
  return interleaved_sum(dim, [=](std::int64_t d) {
    return static_cast<double>(static_cast<float>(a[d])) * static_cast<float>(b[d]);
  });
}

template <class Element>
void scale_rows(const Element* from, std::int64_t n, std::int64_t dim, int threads, Element* to,
                double* norms) {
  for_each_row(n, threads, [=](std::int64_t i) {
    const Element* row = from + i * dim;
    norms[i] = std::sqrt(product(row, row, dim));
    const double inverse = 1 / norms[i];
    for (std::int64_t d = 0; d < dim; ++d)
      to[i * dim + d] =
          static_cast<Element>(static_cast<float>(static_cast<float>(row[d]) * inverse));
  });
}

template <class Element>
void finish_gradient(float* gradient, double scale, const Element* unit, const Element* other,
                     const double* norms, const double* extra, const double* cosine, std::int64_t n,
                     std::int64_t dim, int threads) {
  for_each_row(n, threads, [=](std::int64_t i) {
    float* g = gradient + i * dim;
    const Element *u = unit + i * dim, *o = other + i * dim;
    const double along = scale * interleaved_sum(dim, [=](std::int64_t d) {
                           return static_cast<double>(g[d]) * static_cast<float>(u[d]);
                         });
    const double all = along + extra[i] * cosine[i], inverse = 1 / norms[i];
    for (std::int64_t d = 0; d < dim; ++d)
      g[d] = static_cast<float>(
          (scale * g[d] + extra[i] * static_cast<float>(o[d]) - all * static_cast<float>(u[d])) *
          inverse);
  });
}

template <class Element>
void multiply_rows(const at::Tensor& a, const at::Tensor& b, int threads, double* products) {
  const auto *x = a.data_ptr<Element>(), *y = b.data_ptr<Element>();
  const std::int64_t dim = a.size(1);
  for_each_row(a.size(0), threads,
               [=](std::int64_t i) { products[i] = product(x + i * dim, y + i * dim, dim); });
}

}  // namespace

UnitEmbeddings unit_embeddings(const at::Tensor& embeddings, std::string_view name, int threads) {
  check_matrix(embeddings, name);
  const at::Tensor held = embeddings.detach().contiguous();
  const std::int64_t n = held.size(0), dim = held.size(1);
  UnitEmbeddings units{at::empty_like(held), at::empty({n}, at::kDouble)};
  auto* norms = units.norms.data_ptr<double>();
  if (held.scalar_type() == at::kFloat)
    scale_rows(held.data_ptr<float>(), n, dim, threads, units.rows.data_ptr<float>(), norms);
  else
    scale_rows(held.data_ptr<at::BFloat16>(), n, dim, threads, units.rows.data_ptr<at::BFloat16>(),
               norms);
  for (std::int64_t i = 0; i < n; ++i)
    if (!(norms[i] > 0 && std::isfinite(norms[i]))) fail_row(name, i, norms[i]);
  return units;
}

at::Tensor embedding_gradient(const at::Tensor& gradient, double scale, const UnitEmbeddings& units,
                              const UnitEmbeddings& other, const double* extra,
                              const double* cosine, int threads) {
  const std::int64_t n = gradient.size(0), dim = gradient.size(1);
  auto* g = gradient.data_ptr<float>();
  const auto* norms = units.norms.data_ptr<double>();
  if (units.rows.scalar_type() == at::kFloat)
    finish_gradient(g, scale, units.rows.data_ptr<float>(), other.rows.data_ptr<float>(), norms,
                    extra, cosine, n, dim, threads);
  else
    finish_gradient(g, scale, units.rows.data_ptr<at::BFloat16>(),
                    other.rows.data_ptr<at::BFloat16>(), norms, extra, cosine, n, dim, threads);
  return gradient.to(units.rows.scalar_type());
}

OwnPairGradients own_pair_gradients(const at::Tensor& on_anchors, double scale,
                                    const UnitEmbeddings& anchors, const UnitEmbeddings& positives,
                                    const double* on_own, const double* own, int threads) {
  return {
      embedding_gradient(on_anchors, scale, anchors, positives, on_own, own, threads),
      embedding_gradient(at::zeros_like(on_anchors), 1, positives, anchors, on_own, own, threads)};
}

void row_products(const at::Tensor& a, const at::Tensor& b, int threads, double* products) {
  if (a.scalar_type() == at::kFloat)
    multiply_rows<float>(a, b, threads, products);
  else
    multiply_rows<at::BFloat16>(a, b, threads, products);
}

double row_product(const at::Tensor& a, std::int64_t i, const at::Tensor& b, std::int64_t j) {
  const std::int64_t dim = a.size(1);
  if (a.scalar_type() == at::kFloat)
    return product(a.data_ptr<float>() + i * dim, b.data_ptr<float>() + j * dim, dim);
  return product(a.data_ptr<at::BFloat16>() + i * dim, b.data_ptr<at::BFloat16>() + j * dim, dim);
}

void check_numbers(const at::Tensor& tensor, std::string_view name) {
  const at::ScalarType type = tensor.scalar_type();
  check(type == at::kFloat || type == at::kBFloat16 || type == at::kDouble,
        "{}: the numbers are {}; they must be float32, bfloat16 or float64", name,
        c10::toString(type));
}

void check_embeddings(const at::Tensor& embeddings, std::string_view name, const at::Tensor& read) {
  check_matrix(embeddings, name);
  if (!embeddings.is_cpu()) return;
  at::NoGradGuard no_grad;
  const auto good = [&](const at::Tensor& norms) {
    const at::Tensor fine = norms.isfinite().logical_and(norms > 0);
    return read.defined() ? fine.logical_or(read.logical_not()) : fine;
  };
  const at::Tensor held = embeddings.detach();
  if (good(at::linalg_vector_norm(held, 2, at::IntArrayRef{1})).all().item<bool>()) return;
  // Squares of finite numbers can leave the range of float32; those of float64 tell.
  const at::Tensor norms = at::linalg_vector_norm(held, 2, at::IntArrayRef{1}, false, at::kDouble);
  const at::Tensor sure = good(norms);
  if (sure.all().item<bool>()) return;
  const auto row = sure.to(at::kInt).argmin().item<std::int64_t>();
  fail_row(name, row, norms[row].item<double>());
}

void check_same(const at::Tensor& a, const at::Tensor& b, std::string_view a_name,
                std::string_view b_name) {
  check(a.defined() && b.defined() && a.sizes() == b.sizes(),
        "{} is {} and {} is {}; both views need one shape [N, D]", a_name,
        a.defined() ? fmt::format("[{}]", fmt::join(a.sizes(), ", ")) : "missing", b_name,
        b.defined() ? fmt::format("[{}]", fmt::join(b.sizes(), ", ")) : "missing");
  check(a.scalar_type() == b.scalar_type(), "{} is {} and {} is {}; both views need one type",
        a_name, c10::toString(a.scalar_type()), b_name, c10::toString(b.scalar_type()));
  check(a.device() == b.device(), "{} is on {} and {} on {}; both views need one device", a_name,
        a.device().str(), b_name, b.device().str());
}

at::Tensor unit_rows(const at::Tensor& embeddings, std::string_view name) {
  check_embeddings(embeddings, name);
  return scaled_rows(embeddings);
}

at::Tensor scaled_rows(const at::Tensor& rows) {
  return rows / row_norms(rows);
}

at::Tensor row_norms(const at::Tensor& rows) {
  return at::linalg_vector_norm(rows, 2, at::IntArrayRef{1}, true, at::kDouble)
      .to(rows.scalar_type());
}

void check_temperature(double temperature) {
  check(std::isfinite(temperature), "the temperature is {}; it must be finite and positive",
        temperature);
  check(temperature != 0,
        "the temperature is 0, which divides every similarity by zero; it must be positive");
  check(temperature > 0,
        "the temperature is {}: a negative one pulls negatives closer and pushes positives apart; "
        "it must "
        "be positive",
        temperature);
}

void check_temperature(const at::Tensor& temperature) {
  check(temperature.defined() && temperature.numel() == 1,
        "the temperature is one number, not {} of them",
        temperature.defined() ? temperature.numel() : 0);
  check(!temperature.is_complex(), "the temperature is a complex number; it must be a real one");
  if (temperature.is_cpu()) check_temperature(temperature.item<double>());
}

}  // namespace cmc::kernels
