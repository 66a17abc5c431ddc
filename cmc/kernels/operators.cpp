// torch.ops.cmc: the kernels for Python (torch.ops.load_library("libcmc_operators.so")) and
// TorchScript.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <tuple>
#include <type_traits>

#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/multi_positive_contrast.h"
#include "cmc/kernels/sigmoid_bank_contrast.h"
#include "cmc/kernels/sigmoid_contrast.h"

namespace cmc::kernels {
namespace {

// c10::optional, or std::optional since libtorch 2.5.
using OptionalTensor =
    std::remove_cvref_t<decltype(std::declval<at::IValue>().toOptional<at::Tensor>())>;

at::Tensor given(const OptionalTensor& tensor) {
  return tensor.has_value() ? *tensor : at::Tensor();
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>
contrast_operator(const at::Tensor& a, const at::Tensor& b, const at::Tensor& temperature,
                  const OptionalTensor& excluded) {
  const SymmetricContrast out = contrast(a, b, temperature, given(excluded));
  return {out.rows, out.columns, out.positive, out.hardest_rows, out.hardest_columns, out.negative};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> bank_contrast_operator(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& temperature, const OptionalTensor& picks, const OptionalTensor& excluded) {
  const BankContrast out =
      bank_contrast(anchors, positives, bank, temperature, given(picks), given(excluded));
  return {out.loss, out.positive, out.hardest, out.negative};
}

PositiveMean mean_of(bool inside) {
  return inside ? PositiveMean::inside : PositiveMean::outside;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor,
           at::Tensor>
multi_positive_contrast_operator(const at::Tensor& a, const at::Tensor& b, const at::Tensor& groups,
                                 const at::Tensor& temperature, const OptionalTensor& excluded,
                                 bool inside) {
  const MultiPositiveContrast out =
      multi_positive_contrast(a, b, groups, temperature, given(excluded), mean_of(inside));
  return {out.rows.loss,    out.columns.loss,    out.rows.k_pair, out.columns.k_pair,
          out.rows.hardest, out.columns.hardest, out.positive,    out.negative};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>
multi_positive_bank_contrast_operator(const at::Tensor& anchors, const at::Tensor& positives,
                                      const at::Tensor& bank, const at::Tensor& groups,
                                      const at::Tensor& bank_groups, const at::Tensor& temperature,
                                      const OptionalTensor& picks, const OptionalTensor& excluded,
                                      bool inside) {
  const MultiPositiveBankContrast out =
      multi_positive_bank_contrast(anchors, positives, bank, groups, bank_groups, temperature,
                                   given(picks), given(excluded), mean_of(inside));
  return {out.anchors.loss, out.anchors.k_pair, out.anchors.hardest, out.positive, out.negative};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor,
           at::Tensor>
sigmoid_contrast_operator(const at::Tensor& a, const at::Tensor& b, const at::Tensor& temperature,
                          const at::Tensor& bias, const OptionalTensor& excluded) {
  const SigmoidContrast out = sigmoid_contrast(a, b, temperature, bias, given(excluded));
  return {out.rows,           out.columns,      out.positive,        out.k_pair_rows,
          out.k_pair_columns, out.hardest_rows, out.hardest_columns, out.negative};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>
sigmoid_bank_contrast_operator(const at::Tensor& anchors, const at::Tensor& positives,
                               const at::Tensor& bank, const at::Tensor& temperature,
                               const at::Tensor& bias, const OptionalTensor& picks,
                               const OptionalTensor& excluded) {
  const SigmoidBankContrast out = sigmoid_bank_contrast(anchors, positives, bank, temperature, bias,
                                                        given(picks), given(excluded));
  return {out.loss, out.positive, out.k_pair, out.hardest, out.negative};
}

TORCH_LIBRARY(cmc, library) {
  library.def(
      "contrast(Tensor a, Tensor b, Tensor temperature, Tensor? excluded=None) -> (Tensor rows, "
      "Tensor columns, Tensor positive, Tensor hardest_rows, Tensor hardest_columns, Tensor "
      "negative)",
      &contrast_operator);
  library.def(
      "bank_contrast(Tensor anchors, Tensor positives, Tensor bank, Tensor temperature, "
      "Tensor? picks=None, Tensor? excluded=None) -> (Tensor loss, Tensor positive, Tensor "
      "hardest, "
      "Tensor negative)",
      &bank_contrast_operator);
  library.def(
      "sigmoid_contrast(Tensor a, Tensor b, Tensor temperature, Tensor bias, Tensor? "
      "excluded=None) -> (Tensor rows, Tensor columns, Tensor positive, Tensor k_pair_rows, Tensor "
      "k_pair_columns, Tensor hardest_rows, Tensor hardest_columns, Tensor negative)",
      &sigmoid_contrast_operator);
  library.def(
      "sigmoid_bank_contrast(Tensor anchors, Tensor positives, Tensor bank, Tensor temperature, "
      "Tensor bias, Tensor? picks=None, Tensor? excluded=None) -> (Tensor loss, Tensor positive, "
      "Tensor k_pair, Tensor hardest, Tensor negative)",
      &sigmoid_bank_contrast_operator);
  library.def(
      "multi_positive_contrast(Tensor a, Tensor b, Tensor groups, Tensor temperature, Tensor? "
      "excluded=None, bool inside=False) -> (Tensor rows, Tensor columns, Tensor k_pair_rows, "
      "Tensor k_pair_columns, Tensor hardest_rows, Tensor hardest_columns, Tensor positive, "
      "Tensor negative)",
      &multi_positive_contrast_operator);
  library.def(
      "multi_positive_bank_contrast(Tensor anchors, Tensor positives, Tensor bank, Tensor "
      "groups, "
      "Tensor bank_groups, Tensor temperature, Tensor? picks=None, Tensor? excluded=None, bool "
      "inside=False) -> (Tensor loss, Tensor k_pair, Tensor hardest, Tensor positive, Tensor "
      "negative)",
      &multi_positive_bank_contrast_operator);
}

}  // namespace
}  // namespace cmc::kernels
