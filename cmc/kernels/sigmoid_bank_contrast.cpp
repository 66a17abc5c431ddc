#include "cmc/kernels/sigmoid_bank_contrast.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <cmath>
#include <vector>

#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/cpu/anchor_figures.h"
#include "cmc/kernels/cpu/bank_tiles.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/sigmoid_contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class SigmoidBankContrastFunction : public torch::autograd::Function<SigmoidBankContrastFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& anchors,
                               const at::Tensor& positives, const at::Tensor& temperature,
                               const at::Tensor& bias, const at::Tensor& bank,
                               const at::Tensor& picks, const at::Tensor& excluded, bool all,
                               bool with_gradient) {
    const int threads = at::get_num_threads();
    const std::int64_t n = anchors.size(0), dim = anchors.size(1);
    const UnitEmbeddings units = unit_embeddings(anchors, "anchors", threads);
    const UnitEmbeddings matches = unit_embeddings(positives, "positives", threads);
    const at::Tensor floats = units.rows.to(at::kFloat), rows = bank.contiguous(),
                     chosen = picks.contiguous();
    const std::int64_t width = all ? bank.size(0) : picks.size(-1);
    const ExcludedPairs pairs(excluded, n, width);
    check_some_meet(n * width - pairs.size());
    const double tau = temperature.item<double>(), b = bias.item<double>();
    const ScoreScale scale(tau);
    const ScoreOdds odds(tau, b);
    std::vector<double> products(n);
    row_products(units.rows, matches.rows, threads, products.data());
    const BankFigures figures =
        bank_figures({.anchors = floats.data_ptr<float>(),
                      .positive = nullptr,
                      .count = n,
                      .bank = {rows.data_ptr(), rows.scalar_type() == at::kBFloat16, dim},
                      .bank_count = rows.size(0),
                      .picks = all ? nullptr : chosen.data_ptr<std::int64_t>(),
                      .width = width,
                      .own_picks = !all && picks.dim() == 2,
                      .scale = scale,
                      .excluded = &pairs,
                      .threads = threads,
                      .with_gradient = with_gradient,
                      .sigmoid = &odds});
    if (figures.odd_row >= 0) fail_bank_row(rows, figures.odd_row);

    const auto options = at::TensorOptions().dtype(at::kFloat);
    at::Tensor loss = at::empty({n}, options), positive = at::empty({n}, options);
    at::Tensor k_pair = at::empty({n}, options), hardest = at::empty({n}, options);
    at::Tensor pull = at::empty({n, dim}, options);
    // Derivatives of each loss by its positive's log odds; by b; and by 1/τ.
    at::Tensor on_positive = at::empty({n}, at::kDouble), slope = at::empty({n}, at::kDouble),
               tilted = at::empty({n}, at::kDouble);
    auto *losses = loss.data_ptr<float>(), *matched = positive.data_ptr<float>();
    auto *k_pairs = k_pair.data_ptr<float>(), *largest = hardest.data_ptr<float>();
    auto *pulls = on_positive.data_ptr<double>(), *slopes = slope.data_ptr<double>(),
         *tilts = tilted.data_ptr<double>();
    for (std::int64_t i = 0; i < n; ++i) {
      const double s = products[i], x = s / tau + b;
      const bool met = figures.largest[i] > -2;
      losses[i] = met ? static_cast<float>(figures.loss[i] + softplus(-x)) : 0.0f;
      matched[i] = static_cast<float>(s);
      k_pairs[i] =
          static_cast<float>(softplus(log_odds(figures.sum[i], figures.largest[i], s, scale)));
      largest[i] = kernels::hardest(figures.largest[i]);
      pulls[i] = met ? -1 / (1 + std::exp(x)) : 0;
      slopes[i] = figures.slope[i] + pulls[i];
      tilts[i] = figures.tilted[i] + pulls[i] * s;
    }
    std::copy(figures.weighted.begin(), figures.weighted.end(), pull.data_ptr<float>());
    const auto met = static_cast<double>(n * width - pairs.size());
    const at::Tensor negative = at::full({}, figures.similarity / met, options);
    context->save_for_backward({units.rows, units.norms, matches.rows, matches.norms, temperature,
                                bias, pull, on_positive, slope, tilted});
    context->mark_non_differentiable({k_pair, hardest, negative});
    return {loss, positive, k_pair, hardest, negative};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "sigmoid_bank_contrast is differentiable once; sigmoid_bank_contrast_reference is "
          "differentiable again (create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings units{saved[0], saved[1]}, matches{saved[2], saved[3]};
    const at::Tensor &temperature = saved[4], &bias = saved[5], &pull = saved[6];
    const double tau = temperature.item<double>();
    const int threads = at::get_num_threads();
    const auto doubles = [&](const at::Tensor& gradient) {
      return gradient.defined() ? gradient.to(at::kDouble)
                                : at::zeros({units.rows.size(0)}, at::kDouble);
    };
    const at::Tensor by_loss = doubles(gradients[0]);
    const at::Tensor on_positive = (by_loss * saved[7] / tau + doubles(gradients[1])).contiguous();
    std::vector<double> cosine(units.rows.size(0));
    row_products(units.rows, matches.rows, threads, cosine.data());
    const auto [on_anchors, on_positives] =
        own_pair_gradients((pull * by_loss.unsqueeze(1)).to(at::kFloat).contiguous(), 1 / tau,
                           units, matches, on_positive.data_ptr<double>(), cosine.data(), threads);
    const double by_bias = (by_loss * saved[8]).sum().item<double>(),
                 by_inverse = (by_loss * saved[9]).sum().item<double>();
    return {on_anchors,
            on_positives,
            at::full_like(temperature, -by_inverse / (tau * tau), temperature.options()),
            at::full_like(bias, by_bias, bias.options()),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

SigmoidBankContrast sigmoid_bank_contrast(const at::Tensor& anchors, const at::Tensor& positives,
                                          const at::Tensor& bank, const at::Tensor& temperature,
                                          const at::Tensor& bias, const at::Tensor& picks,
                                          const at::Tensor& excluded) {
  check_same(anchors, positives, "anchors", "positives");
  if (!are_fused(anchors) || !are_fused(bank))
    return sigmoid_bank_contrast_reference(anchors, positives, bank, temperature, bias, picks,
                                           excluded);
  check_temperature(temperature);
  check_bias(bias);
  check_bank(anchors, bank, picks);
  const bool with_gradient =
      at::GradMode::is_enabled() && (anchors.requires_grad() || positives.requires_grad() ||
                                     temperature.requires_grad() || bias.requires_grad());
  const variable_list out = SigmoidBankContrastFunction::apply(
      anchors, positives, temperature, bias, bank.detach(),
      picks.defined() ? picks : at::empty({0}, at::kLong),
      excluded.defined() ? excluded : at::empty({2, 0}, at::kLong), !picks.defined(),
      with_gradient);
  return {out[0], out[1], out[2], out[3], out[4]};
}

}  // namespace cmc::kernels
