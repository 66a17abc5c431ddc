#include "cmc/kernels/bank_contrast.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>

#include "cmc/error.h"
#include "cmc/kernels/cpu/anchor_figures.h"
#include "cmc/kernels/cpu/bank_tiles.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class BankContrastFunction : public torch::autograd::Function<BankContrastFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& anchors,
                               const at::Tensor& positives, const at::Tensor& temperature,
                               const at::Tensor& bank, const at::Tensor& picks,
                               const at::Tensor& excluded, bool all, bool with_gradient) {
    const int threads = at::get_num_threads();
    const std::int64_t n = anchors.size(0), dim = anchors.size(1);
    const UnitEmbeddings units = unit_embeddings(anchors, "anchors", threads);
    const UnitEmbeddings matches = unit_embeddings(positives, "positives", threads);
    const at::Tensor floats = units.rows.to(at::kFloat), rows = bank.contiguous(),
                     chosen = picks.contiguous();
    const std::int64_t width = all ? bank.size(0) : picks.size(-1);
    const ExcludedPairs pairs(excluded, n, width);
    check_some_meet(n * width - pairs.size());
    const double tau = temperature.item<double>();
    const ScoreScale scale(tau);
    std::vector<double> products(n);
    row_products(units.rows, matches.rows, threads, products.data());
    const std::vector<float> centers(products.begin(), products.end());
    const BankFigures figures =
        bank_figures({.anchors = floats.data_ptr<float>(),
                      .positive = centers.data(),
                      .count = n,
                      .bank = {rows.data_ptr(), rows.scalar_type() == at::kBFloat16, dim},
                      .bank_count = rows.size(0),
                      .picks = all ? nullptr : chosen.data_ptr<std::int64_t>(),
                      .width = width,
                      .own_picks = !all && picks.dim() == 2,
                      .scale = scale,
                      .excluded = &pairs,
                      .threads = threads,
                      .with_gradient = with_gradient});
    if (figures.odd_row >= 0) fail_bank_row(rows, figures.odd_row);

    const auto options = at::TensorOptions().dtype(at::kFloat);
    at::Tensor loss = at::empty({n}, options), positive = at::empty({n}, options);
    at::Tensor hardest = at::empty({n}, options), log_odds_of = at::empty({n}, options);
    at::Tensor share = at::empty({n}, at::kDouble), spread = at::empty({n}, at::kDouble);
    at::Tensor pull = at::empty({n, dim}, options);
    auto *losses = loss.data_ptr<float>(), *matched = positive.data_ptr<float>();
    auto *largest = hardest.data_ptr<float>(), *pulls = pull.data_ptr<float>();
    auto *shares = share.data_ptr<double>(), *spreads = spread.data_ptr<double>();
    auto* all_odds = log_odds_of.data_ptr<float>();
    for (std::int64_t i = 0; i < n; ++i) {
      const double s = products[i];
      const double odds = log_odds(figures.sum[i], figures.largest[i], s, scale);
      losses[i] = static_cast<float>(softplus(odds));
      matched[i] = static_cast<float>(s);
      largest[i] = kernels::hardest(figures.largest[i]);
      all_odds[i] = static_cast<float>(odds);
      // The share of the negatives in the softmax over the positive and them.
      shares[i] = odds > 0 ? 1 / (1 + std::exp(-odds)) : std::exp(odds) / (1 + std::exp(odds));
      // Σ_j q_j · candidate_j and Σ_j q_j (s_j − s⁺), with q_j the softmax over negatives alone.
      const double weight = figures.sum[i] > 0 ? 1 / figures.sum[i] : 0;
      spreads[i] = figures.sum[i] > 0 ? weight * figures.spread[i] + (centers[i] - s) : 0;
      for (std::int64_t d = i * dim; d < (i + 1) * dim; ++d)
        pulls[d] = static_cast<float>(weight * figures.weighted[d]);
    }
    const auto met = static_cast<double>(n * width - pairs.size());
    const at::Tensor negative = at::full({}, figures.similarity / met, options);
    context->save_for_backward({units.rows, units.norms, matches.rows, matches.norms, temperature,
                                pull, share, spread, log_odds_of});
    context->mark_non_differentiable({hardest, negative});
    return {loss, positive, hardest, negative, log_odds_of};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "bank_contrast is differentiable once; bank_contrast_reference is differentiable again "
          "(create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings units{saved[0], saved[1]}, matches{saved[2], saved[3]};
    const at::Tensor& temperature = saved[4];
    const double tau = temperature.item<double>();
    const int threads = at::get_num_threads();
    const auto doubles = [&](const at::Tensor& gradient) {
      return gradient.defined() ? gradient.to(at::kDouble)
                                : at::zeros({units.rows.size(0)}, at::kDouble);
    };
    // By the log odds: a loss is their softplus, whose slope is the share. Where there is no
    // negative they have none.
    const at::Tensor by_odds =
        doubles(gradients[0]) * saved[6] + doubles(gradients[4]).masked_fill(saved[8].isinf(), 0);
    const at::Tensor on_positive = (doubles(gradients[1]) - by_odds / tau).contiguous();
    std::vector<double> cosine(units.rows.size(0));
    row_products(units.rows, matches.rows, threads, cosine.data());
    const auto [on_anchors, on_positives] =
        own_pair_gradients((saved[5] * by_odds.unsqueeze(1)).to(at::kFloat).contiguous(), 1 / tau,
                           units, matches, on_positive.data_ptr<double>(), cosine.data(), threads);
    // Every score is s/τ: ∂L/∂τ = −(1/τ) Σ s ∂L/∂s, and an anchor's derivatives sum up to 0.
    const double sum = (by_odds * saved[7]).sum().item<double>() / tau;
    return {
        on_anchors,   on_positives, at::full_like(temperature, -sum / tau, temperature.options()),
        at::Tensor(), at::Tensor(), at::Tensor(),
        at::Tensor(), at::Tensor()};
  }
};

}  // namespace

BankContrast bank_contrast(const at::Tensor& anchors, const at::Tensor& positives,
                           const at::Tensor& bank, const at::Tensor& temperature,
                           const at::Tensor& picks, const at::Tensor& excluded) {
  check_same(anchors, positives, "anchors", "positives");
  if (!are_fused(anchors) || !are_fused(bank))
    return bank_contrast_reference(anchors, positives, bank, temperature, picks, excluded);
  check_temperature(temperature);
  check_bank(anchors, bank, picks);
  const at::Tensor none = at::empty({0}, at::kLong);
  const bool with_gradient =
      at::GradMode::is_enabled() &&
      (anchors.requires_grad() || positives.requires_grad() || temperature.requires_grad());
  const variable_list out = BankContrastFunction::apply(
      anchors, positives, temperature, bank.detach(), picks.defined() ? picks : none,
      excluded.defined() ? excluded : at::empty({2, 0}, at::kLong), !picks.defined(),
      with_gradient);
  return {out[0], out[1], out[2], out[3], out[4]};
}

}  // namespace cmc::kernels
