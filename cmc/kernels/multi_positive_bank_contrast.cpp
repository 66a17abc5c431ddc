#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <algorithm>
#include <utility>

#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/cpu/grouped_bank_tiles.h"
#include "cmc/kernels/cpu/positive_loss.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/multi_positive_contrast.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs of the forward one, beside the unit rows.
struct BankFiguresKept : torch::CustomClassHolder {
  explicit BankFiguresKept(std::int64_t anchors)
      : side(anchors), own(static_cast<std::size_t>(anchors)) {}

  PositiveSide side;
  std::vector<double> own;
};

/// The candidates of `anchors` [N, D], float32 unit rows.
BankProblem problem_of(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks,
                       bool all, const ScoreScale& scale, const ExcludedPairs& excluded) {
  return {.anchors = anchors.data_ptr<float>(),
          .count = anchors.size(0),
          .bank = {bank.data_ptr(), bank.scalar_type() == at::kBFloat16, bank.size(1)},
          .bank_count = bank.size(0),
          .picks = all ? nullptr : picks.data_ptr<std::int64_t>(),
          .width = all ? bank.size(0) : picks.size(-1),
          .own_picks = !all && picks.dim() == 2,
          .scale = scale,
          .excluded = &excluded,
          .threads = at::get_num_threads()};
}

class MultiPositiveBankFunction : public torch::autograd::Function<MultiPositiveBankFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& anchors,
                               const at::Tensor& positives, const at::Tensor& temperature,
                               const at::Tensor& bank, const at::Tensor& groups,
                               const at::Tensor& bank_groups, const at::Tensor& picks,
                               const at::Tensor& excluded, bool all, bool inside) {
    const int threads = at::get_num_threads();
    const std::int64_t n = anchors.size(0), width = all ? bank.size(0) : picks.size(-1);
    const UnitEmbeddings units = unit_embeddings(anchors, "anchors", threads),
                         matches = unit_embeddings(positives, "positives", threads);
    const at::Tensor rows = bank.contiguous(), chosen = picks.contiguous();
    const ExcludedPairs pairs(excluded, n, width);
    check_some_meet(n * width - pairs.size());
    const ScoreScale scale(temperature.item<double>());
    auto kept = c10::make_intrusive<BankFiguresKept>(n);
    row_products(units.rows, matches.rows, threads, kept->own.data());
    const at::Tensor floats = units.rows.to(at::kFloat);
    GroupedBankFigures figures = grouped_bank_figures(
        problem_of(floats, rows, chosen, all, scale, pairs), PositiveGroups(groups, bank_groups));
    if (figures.odd_row >= 0) fail_bank_row(rows, figures.odd_row);

    kept->side.figures = std::move(figures.anchors);
    std::vector<std::int64_t> met(static_cast<std::size_t>(n), width);
    for (std::int64_t i = 0; i < n && pairs.size() > 0; ++i)
      met[i] -= static_cast<std::int64_t>(pairs.columns(i, 0, width).size());
    take_losses(kept->side, met, kept->own, scale,
                inside ? PositiveMean::inside : PositiveMean::outside);
    const MultiPositiveLosses losses = losses_of(kept->side);
    at::Tensor positive = at::empty({n}, at::kFloat);
    std::copy(kept->own.begin(), kept->own.end(), positive.data_ptr<float>());
    const at::Tensor negative =
        at::full({}, figures.negative / losses.negatives.sum().item<double>(), at::kFloat);
    context->save_for_backward({units.rows, units.norms, matches.rows, matches.norms, temperature,
                                rows, groups, bank_groups, chosen, excluded});
    context->saved_data["figures"] = c10::IValue::make_capsule(kept);
    context->saved_data["all"] = all;
    context->mark_non_differentiable(
        {losses.k_pair, losses.hardest, losses.negatives, positive, negative});
    return {losses.loss, losses.k_pair, losses.hardest, losses.negatives, positive, negative};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "multi_positive_bank_contrast is differentiable once; "
          "multi_positive_bank_contrast_reference is differentiable again (create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings units{saved[0], saved[1]}, matches{saved[2], saved[3]};
    const at::Tensor &temperature = saved[4], &rows = saved[5], &picks = saved[8];
    const bool all = context->saved_data["all"].toBool();
    const auto holder = context->saved_data["figures"].toCapsule();
    const auto& kept = static_cast<const BankFiguresKept&>(*holder);
    const double tau = temperature.item<double>();
    const int threads = at::get_num_threads();
    const std::int64_t n = units.rows.size(0);
    const ExcludedPairs pairs(saved[9], n, all ? rows.size(0) : picks.size(-1));

    const std::vector<double> incoming = numbers_of(gradients[0], n);
    const double unit = largest_of(incoming, {});
    std::vector<double> on_own(static_cast<std::size_t>(n), 0.0);
    const GroupedWeights weights = weights_of(kept.side, incoming, unit, on_own);
    const float middle = middle_of(kept.own, on_own);
    const at::Tensor floats = units.rows.to(at::kFloat);
    at::Tensor pull = at::zeros_like(floats);
    double spread =
        unit * add_grouped_bank_gradient(
                   problem_of(floats, rows, picks, all, ScoreScale(tau), pairs),
                   PositiveGroups(saved[6], saved[7]), weights, middle, pull.data_ptr<float>());
    for (std::int64_t i = 0; i < n; ++i) {
      spread += on_own[i] * (kept.own[i] - middle);
      on_own[i] /= tau;
    }
    const auto [on_anchors, on_positives] = own_pair_gradients(
        pull, unit / tau, units, matches, on_own.data(), kept.own.data(), threads);
    const at::Tensor none;
    return {on_anchors,
            on_positives,
            at::full_like(temperature, -spread / (tau * tau), temperature.options()),
            none,
            none,
            none,
            none,
            none,
            none,
            none};
  }
};

}  // namespace

MultiPositiveBankContrast multi_positive_bank_contrast(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& groups, const at::Tensor& bank_groups, const at::Tensor& temperature,
    const at::Tensor& picks, const at::Tensor& excluded, PositiveMean mean) {
  check_same(anchors, positives, "anchors", "positives");
  if (!are_fused(anchors) || !are_fused(bank))
    return multi_positive_bank_contrast_reference(anchors, positives, bank, groups, bank_groups,
                                                  temperature, picks, excluded, mean);
  check_temperature(temperature);
  check_bank(anchors, bank, picks);
  check_positive_groups(groups, anchors.size(0), "the anchors' groups");
  check_positive_groups(bank_groups, bank.size(0), "the bank's groups");
  const variable_list out = MultiPositiveBankFunction::apply(
      anchors, positives, temperature, bank.detach(), groups, bank_groups,
      picks.defined() ? picks : at::empty({0}, at::kLong),
      excluded.defined() ? excluded : at::empty({2, 0}, at::kLong), !picks.defined(),
      mean == PositiveMean::inside);
  return {.anchors = {out[0], out[1], out[2], out[3]}, .positive = out[4], .negative = out[5]};
}

}  // namespace cmc::kernels
