#include "cmc/kernels/contrast.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>
#include <utility>

#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/kernels/cpu/anchor_figures.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/cpu/symmetric_figures.h"
#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs of the forward one, beside the unit rows.
struct ForwardFigures : torch::CustomClassHolder {
  ForwardFigures(std::int64_t samples, double temperature, int threads)
      : rows(samples),
        columns(samples),
        positive(samples),
        temperature(temperature),
        threads(threads) {
    if (const std::int64_t count = kept_scores(samples); count > 0)
      kept = std::make_unique_for_overwrite<float[]>(count);
  }

  NegativeFigures rows, columns;
  std::vector<double> row_odds, column_odds, row_loss, column_loss, positive;
  std::unique_ptr<float[]> kept;  // the scores, where they are few
  double temperature;
  int threads;
  distributed::ProcessGroup* group = nullptr;
};

at::Tensor as_tensor(std::vector<double>& values) {
  return at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kDouble);
}

/// Of the rows that each process of a group has walked: the figures of all rows.
void add_up(NegativeFigures& side, const ScoreScale& scale, distributed::ProcessGroup& group) {
  const auto padded = static_cast<std::int64_t>(side.largest.size());
  const at::Tensor own = at::from_blob(side.largest.data(), {padded}, at::kFloat);
  const at::Tensor largest = group.all_gather(own).amax(0);
  if (!scale.fits()) {
    const at::Tensor shift = (own - largest).to(at::kDouble) * scale.inverse_temperature;
    as_tensor(side.sum).mul_(shift.exp_());
  }
  own.copy_(largest);
  group.all_reduce(as_tensor(side.sum));
}

template <class Element>
SymmetricProblem<Element> problem_of(const at::Tensor& a, const at::Tensor& b,
                                     const ForwardFigures& figures, const ExcludedPairs& excluded) {
  const std::int64_t dim = a.size(1);
  SymmetricProblem<Element> problem{.a = {static_cast<const Element*>(a.data_ptr()), dim},
                                    .b = {static_cast<const Element*>(b.data_ptr()), dim},
                                    .samples = a.size(0),
                                    .scale = ScoreScale(figures.temperature),
                                    .excluded = &excluded,
                                    .threads = figures.threads,
                                    .kept = figures.kept.get()};
  if (figures.group != nullptr)
    std::tie(problem.first_row, problem.last_row) =
        part_of_rows(a.size(0), figures.group->rank(), figures.group->size());
  return problem;
}

/// One side's part of the gradient: how its negatives' exponentials weigh, and what its positive
/// gets.
struct SideGradient {
  std::vector<float> weight, top;
};

/// `odds`: this side's log odds, −∞ where an anchor has no negative, `loss`: its losses, each with
/// its incoming gradient; adds to `on_positive` [N] the gradient of each positive score.
SideGradient side_gradient(const NegativeFigures& side, const std::vector<double>& odds,
                           const std::vector<double>& loss, const ForwardFigures& figures,
                           const std::vector<double>& by_odds, const std::vector<double>& by_loss,
                           double unit, std::vector<double>& on_positive) {
  const ScoreScale scale(figures.temperature);
  const double inverse = scale.inverse_temperature;
  SideGradient gradient{std::vector<float>(side.sum.size()), std::vector<float>(side.sum.size())};
  const auto n = static_cast<std::int64_t>(loss.size());
  at::parallel_for(0, n, few_anchors, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const double positive = figures.positive[i];
      const bool of_odds = by_odds[i] != 0 && std::isfinite(odds[i]);
      // The softmax gives the positive exp(−L) and the negatives the rest; among
      // negatives alone, they have all of it.
      on_positive[i] += by_loss[i] * std::expm1(-loss[i]) * inverse;
      // exp((s − top)/τ) · weight is a negative's share. Where a positive far
      // above them may not count, only a top among the negatives leaves the weight
      // in float32.
      const float top = scale.fits() ? 0.0f
                        : of_odds    ? side.largest[i]
                                     : std::max(side.largest[i], static_cast<float>(positive));
      const double shift = (positive - top) * inverse;
      double weight = by_loss[i] / unit * std::exp(-loss[i] - shift);
      if (of_odds) {
        on_positive[i] -= by_odds[i] * inverse;
        weight += by_odds[i] / unit * std::exp(-odds[i] - shift);
      }
      gradient.top[i] = top;
      gradient.weight[i] = static_cast<float>(weight);
    }
  });
  return gradient;
}

class ContrastFunction : public torch::autograd::Function<ContrastFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b,
                               const at::Tensor& temperature, const at::Tensor& excluded,
                               std::int64_t group) {
    const std::int64_t n = a.size(0);
    const int threads = n < few_anchors ? 1 : at::get_num_threads();
    const UnitEmbeddings ua = unit_embeddings(a, "a", threads),
                         ub = unit_embeddings(b, "b", threads);
    auto figures = c10::make_intrusive<ForwardFigures>(n, temperature.item<double>(), threads);
    figures->group = distributed::group_at(group);
    const ExcludedPairs pairs(excluded, n, n);
    const std::int64_t met = negative_pairs(n, pairs);
    check_some_meet(met);
    row_products(ua.rows, ub.rows, threads, figures->positive.data());
    if (a.scalar_type() == at::kFloat)
      add_scores(problem_of<float>(ua.rows, ub.rows, *figures, pairs), figures->rows,
                 figures->columns);
    else
      add_scores(problem_of<std::uint16_t>(ua.rows, ub.rows, *figures, pairs), figures->rows,
                 figures->columns);

    const ScoreScale scale(figures->temperature);
    if (figures->group != nullptr)
      for (NegativeFigures* const side : {&figures->rows, &figures->columns})
        add_up(*side, scale, *figures->group);
    figures->row_odds = side_log_odds(figures->rows, figures->positive, scale);
    figures->column_odds = side_log_odds(figures->columns, figures->positive, scale);
    figures->row_loss = softplus_of(figures->row_odds);
    figures->column_loss = softplus_of(figures->column_odds);
    const at::Tensor hardest_rows = hardest_of(figures->rows, n),
                     hardest_columns = hardest_of(figures->columns, n);
    const at::Tensor negative =
        at::full({}, mean_negative(ua.rows, ub.rows, figures->positive, pairs, met), at::kFloat);
    context->save_for_backward({ua.rows, ua.norms, ub.rows, ub.norms, temperature, excluded});
    context->saved_data["figures"] = c10::IValue::make_capsule(figures);
    context->mark_non_differentiable({hardest_rows, hardest_columns, negative});
    return {as_floats(figures->row_loss),
            as_floats(figures->column_loss),
            as_floats(figures->positive),
            hardest_rows,
            hardest_columns,
            negative,
            as_floats(figures->row_odds),
            as_floats(figures->column_odds)};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "contrast is differentiable once; contrast_reference is differentiable again "
          "(create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings ua{saved[0], saved[1]}, ub{saved[2], saved[3]};
    const at::Tensor &temperature = saved[4], &excluded = saved[5];
    const auto holder = context->saved_data["figures"].toCapsule();
    const auto& figures = static_cast<const ForwardFigures&>(*holder);
    const std::int64_t n = ua.rows.size(0);
    const ExcludedPairs pairs(excluded, n, n);

    const std::vector<double> by_rows = as_doubles(gradients[0], n),
                              by_columns = as_doubles(gradients[1], n);
    const std::vector<double> by_positive = as_doubles(gradients[2], n);
    const std::vector<double> by_row_odds = as_doubles(gradients[6], n),
                              by_column_odds = as_doubles(gradients[7], n);
    // Weights are relative to the largest incoming gradient, so that they keep inside float32.
    double unit = 0;
    for (std::int64_t i = 0; i < n; ++i)
      unit = std::max({unit, std::abs(by_rows[i]), std::abs(by_columns[i]),
                       std::abs(by_row_odds[i]), std::abs(by_column_odds[i])});
    if (unit == 0) unit = 1;
    std::vector<double> on_positive(n, 0.0);
    SideGradient rows = side_gradient(figures.rows, figures.row_odds, figures.row_loss, figures,
                                      by_row_odds, by_rows, unit, on_positive);
    SideGradient columns = side_gradient(figures.columns, figures.column_odds, figures.column_loss,
                                         figures, by_column_odds, by_columns, unit, on_positive);
    const GradientWeights weights{std::move(rows.weight), std::move(columns.weight),
                                  std::move(rows.top), std::move(columns.top)};

    // Every score is s/τ, so ∂L/∂τ = −(1/τ) Σ s ∂L/∂s over positives and negatives. The derivatives
    // sum up to 0, so that any s may be measured from a middle of the positives: where all scores
    // are nearly alike, s itself would leave little but rounding.
    double scored = 0, all = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      scored += on_positive[i] * figures.positive[i];
      all += on_positive[i];
    }
    const auto center = static_cast<float>(all != 0 ? std::clamp(scored / all, -1.0, 1.0) : 0.0);
    scored -= all * center;

    const auto floats = at::TensorOptions().dtype(at::kFloat);
    double spread = 0;
    at::Tensor a_gradient = at::zeros(ua.rows.sizes(), floats),
               b_gradient = at::zeros(ub.rows.sizes(), floats);
    if (ua.rows.scalar_type() == at::kFloat)
      spread = add_gradients(problem_of<float>(ua.rows, ub.rows, figures, pairs), weights, center,
                             a_gradient.data_ptr<float>(), b_gradient.data_ptr<float>());
    else
      spread = add_gradients(problem_of<std::uint16_t>(ua.rows, ub.rows, figures, pairs), weights,
                             center, a_gradient.data_ptr<float>(), b_gradient.data_ptr<float>());

    if (figures.group != nullptr) {
      figures.group->all_reduce(a_gradient);
      figures.group->all_reduce(b_gradient);
      figures.group->all_reduce(at::from_blob(&spread, {1}, at::kDouble));
    }
    std::vector<double> extra(n);
    for (std::int64_t i = 0; i < n; ++i) extra[i] = on_positive[i] + by_positive[i];
    const double scale = unit / figures.temperature;
    a_gradient = embedding_gradient(a_gradient, scale, ua, ub, extra.data(),
                                    figures.positive.data(), figures.threads);
    b_gradient = embedding_gradient(b_gradient, scale, ub, ua, extra.data(),
                                    figures.positive.data(), figures.threads);
    scored += scale * spread;
    const at::Tensor t_gradient =
        at::full_like(temperature, -scored / figures.temperature, temperature.options());
    return {a_gradient, b_gradient, t_gradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

SymmetricContrast contrast(const at::Tensor& a, const at::Tensor& b, const at::Tensor& temperature,
                           const at::Tensor& excluded, distributed::ProcessGroup* group) {
  check_same(a, b, "a", "b");
  if (!are_fused(a)) return contrast_reference(a, b, temperature, excluded);
  check_temperature(temperature);
  check_two_samples(a);
  const at::Tensor pairs = excluded.defined() ? excluded : at::empty({2, 0}, at::kLong);
  const variable_list out =
      ContrastFunction::apply(a, b, temperature, pairs, distributed::address_of(group));
  return {out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]};
}

}  // namespace cmc::kernels
