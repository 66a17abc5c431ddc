#include "cmc/kernels/sigmoid_contrast.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/cpu/symmetric_figures.h"
#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs of the forward one, beside the unit rows.
struct SigmoidFigures : torch::CustomClassHolder {
  double temperature = 1, bias = 0;
  int threads = 1;
  /// Score of each positive pair, and whether it has a negative as a row and as a column.
  std::vector<double> positive;
  std::vector<bool> met_rows, met_columns;
  /// Over all negatives, with each pair weighing 1.
  SlopeSums sums;
};

template <class Element>
SlopeSums walk_over(const at::Tensor& a, const at::Tensor& b, const SigmoidFigures& figures,
                    const ExcludedPairs& excluded, const SigmoidWalk& walk) {
  const std::int64_t dim = a.size(1);
  return add_sigmoids(SymmetricProblem<Element>{{static_cast<const Element*>(a.data_ptr()), dim},
                                                {static_cast<const Element*>(b.data_ptr()), dim},
                                                a.size(0),
                                                ScoreScale(figures.temperature),
                                                &excluded,
                                                figures.threads,
                                                nullptr},
                      walk);
}

SlopeSums walk_over(const at::Tensor& a, const at::Tensor& b, const SigmoidFigures& figures,
                    const ExcludedPairs& excluded, const SigmoidWalk& walk) {
  return a.scalar_type() == at::kFloat ? walk_over<float>(a, b, figures, excluded, walk)
                                       : walk_over<std::uint16_t>(a, b, figures, excluded, walk);
}

/// Which anchors of a side have a negative.
std::vector<bool> met(const NegativeFigures& side, std::int64_t n) {
  std::vector<bool> any(n);
  for (std::int64_t i = 0; i < n; ++i) any[i] = side.largest[i] > -2;
  return any;
}

/// Adds −log σ(x_ii) to the negatives' part of each anchor's loss; 0 where it has no negative.
at::Tensor with_positives(const std::vector<double>& negatives, const std::vector<bool>& met,
                          const SigmoidFigures& figures) {
  std::vector<double> losses(met.size());
  for (std::size_t i = 0; i < met.size(); ++i)
    losses[i] =
        met[i] ? negatives[i] + softplus(-figures.positive[i] / figures.temperature - figures.bias)
               : 0;
  return as_floats(losses);
}

class SigmoidContrastFunction : public torch::autograd::Function<SigmoidContrastFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b,
                               const at::Tensor& temperature, const at::Tensor& bias,
                               const at::Tensor& excluded, bool with_gradient) {
    const std::int64_t n = a.size(0), padded = padded_columns(n);
    auto figures = c10::make_intrusive<SigmoidFigures>();
    figures->temperature = temperature.item<double>();
    figures->bias = bias.item<double>();
    figures->threads = at::get_num_threads();
    const UnitEmbeddings ua = unit_embeddings(a, "a", figures->threads),
                         ub = unit_embeddings(b, "b", figures->threads);
    const ExcludedPairs pairs(excluded, n, n);
    const std::int64_t negatives = negative_pairs(n, pairs);
    check_some_meet(negatives);
    figures->positive.resize(n);
    row_products(ua.rows, ub.rows, figures->threads, figures->positive.data());

    // Every pair weighs 1: that is all that the mean over anchors needs, up to a factor.
    const std::vector<float> ones(padded, 1.0f), zeros(padded, 0.0f);
    std::vector<double> row_loss(padded, 0.0), column_loss(padded, 0.0);
    NegativeFigures rows(n), columns(n);
    const auto floats = at::TensorOptions().dtype(at::kFloat);
    const auto room = [&] {
      return with_gradient ? at::zeros(a.sizes(), floats) : at::empty({0}, floats);
    };
    at::Tensor a_pull = room(), b_pull = room();
    figures->sums = walk_over(ua.rows, ub.rows, *figures, pairs,
                              {.odds = ScoreOdds(figures->temperature, figures->bias),
                               .row_weight = ones.data(),
                               .column_weight = zeros.data(),
                               .row_loss = row_loss.data(),
                               .column_loss = column_loss.data(),
                               .rows = &rows,
                               .columns = &columns,
                               .a_gradient = with_gradient ? a_pull.data_ptr<float>() : nullptr,
                               .b_gradient = with_gradient ? b_pull.data_ptr<float>() : nullptr});
    figures->met_rows = met(rows, n);
    figures->met_columns = met(columns, n);

    const ScoreScale scale(figures->temperature);
    const auto k_pair = [&](const NegativeFigures& side) {
      return as_floats(softplus_of(side_log_odds(side, figures->positive, scale)));
    };
    const at::Tensor k_pair_rows = k_pair(rows), k_pair_columns = k_pair(columns);
    const at::Tensor hardest_rows = hardest_of(rows, n), hardest_columns = hardest_of(columns, n);
    const at::Tensor negative =
        at::full({}, mean_negative(ua.rows, ub.rows, figures->positive, pairs, negatives), floats);
    context->save_for_backward(
        {ua.rows, ua.norms, ub.rows, ub.norms, temperature, bias, excluded, a_pull, b_pull});
    context->saved_data["figures"] = c10::IValue::make_capsule(figures);
    context->mark_non_differentiable(
        {k_pair_rows, k_pair_columns, hardest_rows, hardest_columns, negative});
    return {with_positives(row_loss, figures->met_rows, *figures),
            with_positives(column_loss, figures->met_columns, *figures),
            as_floats(figures->positive),
            k_pair_rows,
            k_pair_columns,
            hardest_rows,
            hardest_columns,
            negative};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "sigmoid_contrast is differentiable once; sigmoid_contrast_reference is differentiable "
          "again (create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings ua{saved[0], saved[1]}, ub{saved[2], saved[3]};
    const at::Tensor &temperature = saved[4], &bias = saved[5], &excluded = saved[6];
    const auto holder = context->saved_data["figures"].toCapsule();
    const auto& figures = static_cast<const SigmoidFigures&>(*holder);
    const std::int64_t n = ua.rows.size(0);
    const double tau = figures.temperature;
    const std::vector<double> by_rows = as_doubles(gradients[0], n),
                              by_columns = as_doubles(gradients[1], n),
                              by_positive = as_doubles(gradients[2], n);

    // The negatives' pulls on both sides, to be multiplied by `unit`.
    const auto [least_row, most_row] = std::minmax_element(by_rows.begin(), by_rows.end());
    const auto [least_column, most_column] =
        std::minmax_element(by_columns.begin(), by_columns.end());
    double unit = 0;
    SlopeSums sums;
    at::Tensor a_pull, b_pull;
    if (*least_row == *most_row && *least_column == *most_column) {
      unit = *most_row + *most_column;
      sums = figures.sums;
      a_pull = saved[7].clone();
      b_pull = saved[8].clone();
    } else {
      // Weights are relative to the largest, so that they keep inside float32.
      unit = std::max({std::abs(*least_row), std::abs(*most_row), std::abs(*least_column),
                       std::abs(*most_column)});
      a_pull = at::zeros(ua.rows.sizes(), at::kFloat);
      b_pull = at::zeros(ub.rows.sizes(), at::kFloat);
      const std::int64_t padded = padded_columns(n);
      std::vector<float> row_weight(padded, 0.0f), column_weight(padded, 0.0f);
      for (std::int64_t i = 0; i < n; ++i) {
        row_weight[i] = static_cast<float>(by_rows[i] / unit);
        column_weight[i] = static_cast<float>(by_columns[i] / unit);
      }
      std::vector<double> unused_rows(padded, 0.0), unused_columns(padded, 0.0);
      sums = walk_over(ua.rows, ub.rows, figures, ExcludedPairs(excluded, n, n),
                       {.odds = ScoreOdds(tau, figures.bias),
                        .row_weight = row_weight.data(),
                        .column_weight = column_weight.data(),
                        .row_loss = unused_rows.data(),
                        .column_loss = unused_columns.data(),
                        .a_gradient = a_pull.data_ptr<float>(),
                        .b_gradient = b_pull.data_ptr<float>()});
    }

    double slope = unit * sums.slope, tilted = unit * sums.tilted;
    std::vector<double> on_positive(n);
    for (std::int64_t i = 0; i < n; ++i) {
      const double by =
          (figures.met_rows[i] ? by_rows[i] : 0) + (figures.met_columns[i] ? by_columns[i] : 0);
      const double x = figures.positive[i] / tau + figures.bias;
      const double pull = -by / (1 + std::exp(x));
      slope += pull;
      tilted += pull * figures.positive[i];
      on_positive[i] = pull / tau + by_positive[i];
    }
    a_pull = embedding_gradient(a_pull, unit / tau, ua, ub, on_positive.data(),
                                figures.positive.data(), figures.threads);
    b_pull = embedding_gradient(b_pull, unit / tau, ub, ua, on_positive.data(),
                                figures.positive.data(), figures.threads);
    return {a_pull,
            b_pull,
            at::full_like(temperature, -tilted / (tau * tau), temperature.options()),
            at::full_like(bias, slope, bias.options()),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

SigmoidContrast sigmoid_contrast(const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& temperature, const at::Tensor& bias,
                                 const at::Tensor& excluded) {
  check_same(a, b, "a", "b");
  if (!are_fused(a)) return sigmoid_contrast_reference(a, b, temperature, bias, excluded);
  check_temperature(temperature);
  check_bias(bias);
  check_two_samples(a);
  const bool with_gradient =
      at::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad() ||
                                     temperature.requires_grad() || bias.requires_grad());
  const variable_list out = SigmoidContrastFunction::apply(
      a, b, temperature, bias, excluded.defined() ? excluded : at::empty({2, 0}, at::kLong),
      with_gradient);
  return {out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]};
}

void check_bias(const at::Tensor& bias) {
  check(bias.defined() && bias.numel() == 1, "the bias is one number, not {} of them",
        bias.defined() ? bias.numel() : 0);
  check(!bias.is_complex(), "the bias is a complex number; it must be a real one");
  if (!bias.is_cpu()) return;
  const auto value = bias.item<double>();
  check(std::isfinite(value), "the bias is {}; it must be finite", value);
}

}  // namespace cmc::kernels
