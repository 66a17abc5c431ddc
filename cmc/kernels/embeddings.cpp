#include "cmc/kernels/embeddings.h"

#include <torch/torch.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::kernels {

at::Tensor checked_norms(const at::Tensor& embeddings, std::string_view name) {
  check(embeddings.defined(), "{}: the embeddings are missing", name);
  check(embeddings.dim() == 2 && at::isFloatingType(embeddings.scalar_type()),
        "{}: embeddings are a floating-point matrix [N, D], not {} of {} dimensions", name,
        c10::toString(embeddings.scalar_type()), embeddings.dim());
  check(embeddings.size(1) > 0,
        "{}: embeddings of dimension D = 0 have no direction; D is at least 1", name);
  check(embeddings.size(0) > 0, "{}: there are no embeddings: N = 0", name);
  at::NoGradGuard no_grad;
  const at::Tensor norms =
      at::linalg_vector_norm(embeddings.detach(), 2, at::IntArrayRef{1}, false, at::kDouble);
  const at::Tensor good = norms.isfinite().logical_and(norms > 0);
  if (!good.all().item<bool>()) {
    const auto row = good.to(at::kInt).argmin().item<std::int64_t>();
    const auto norm = norms[row].item<double>();
    if (norm == 0)
      fail("{}: row {} is zero, so it has no direction; the encoder has collapsed or was not fed",
           name, row);
    fail("{}: row {} holds {}; embeddings must be finite", name, row,
         std::isnan(norm) ? "a NaN" : "an infinity");
  }
  return norms;
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
  checked_norms(embeddings, name);
  return embeddings / at::linalg_vector_norm(embeddings, 2, at::IntArrayRef{1}, true);
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

}  // namespace cmc::kernels
