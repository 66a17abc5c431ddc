#include "cmc/kernels/multi_positive_contrast.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "cmc/error.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/cpu/fused.h"
#include "cmc/kernels/cpu/positive_loss.h"
#include "cmc/kernels/cpu/symmetric_tiles.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs of the forward one, beside the unit rows.
struct PositiveFigures : torch::CustomClassHolder {
  PositiveFigures(std::int64_t samples, double temperature, int threads)
      : rows(samples),
        columns(samples),
        own(static_cast<std::size_t>(samples)),
        temperature(temperature),
        threads(threads) {
    if (const std::int64_t count = kept_scores(samples); count > 0)
      kept = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
  }

  PositiveSide rows, columns;
  std::vector<double> own;        // similarity of each sample's two views
  std::unique_ptr<float[]> kept;  // the scores, where they are few
  double temperature;
  int threads;
};

template <class Element>
SymmetricProblem<Element> problem_of(const UnitEmbeddings& a, const UnitEmbeddings& b,
                                     const PositiveFigures& figures,
                                     const ExcludedPairs& excluded) {
  const std::int64_t dim = a.rows.size(1);
  return {{static_cast<const Element*>(a.rows.data_ptr()), dim},
          {static_cast<const Element*>(b.rows.data_ptr()), dim},
          a.rows.size(0),
          ScoreScale(figures.temperature),
          &excluded,
          figures.threads,
          figures.kept.get()};
}

/// Candidates that each row, and each column, meets beside its own sample's.
struct Meetings {
  Meetings(std::int64_t n, const ExcludedPairs& excluded)
      : rows(static_cast<std::size_t>(n), n - 1), columns(rows) {
    for (std::int64_t i = 0; i < n && excluded.size() > 0; ++i)
      for (const std::int64_t j : excluded.columns(i, 0, n)) {
        if (i == j) continue;
        --rows[i];
        --columns[j];
      }
  }

  std::int64_t pairs() const { return std::accumulate(rows.begin(), rows.end(), std::int64_t{0}); }

  std::vector<std::int64_t> rows, columns;
};

class MultiPositiveFunction : public torch::autograd::Function<MultiPositiveFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b,
                               const at::Tensor& temperature, const at::Tensor& groups,
                               const at::Tensor& excluded, bool inside) {
    const std::int64_t n = a.size(0);
    const int threads = at::get_num_threads();
    const UnitEmbeddings ua = unit_embeddings(a, "a", threads),
                         ub = unit_embeddings(b, "b", threads);
    auto figures = c10::make_intrusive<PositiveFigures>(n, temperature.item<double>(), threads);
    const ExcludedPairs pairs(excluded, n, n);
    const Meetings meetings(n, pairs);
    check_some_meet(meetings.pairs());
    const PositiveGroups shared(groups, groups);
    row_products(ua.rows, ub.rows, threads, figures->own.data());
    GroupedFigures &rows = figures->rows.figures, &columns = figures->columns.figures;
    const double sum =
        a.scalar_type() == at::kFloat
            ? add_grouped_scores(problem_of<float>(ua, ub, *figures, pairs), shared, rows, columns)
            : add_grouped_scores(problem_of<std::uint16_t>(ua, ub, *figures, pairs), shared, rows,
                                 columns);

    const ScoreScale scale(figures->temperature);
    const PositiveMean mean = inside ? PositiveMean::inside : PositiveMean::outside;
    take_losses(figures->rows, meetings.rows, figures->own, scale, mean);
    take_losses(figures->columns, meetings.columns, figures->own, scale, mean);
    const MultiPositiveLosses by_rows = losses_of(figures->rows),
                              by_columns = losses_of(figures->columns);
    at::Tensor positive = at::empty({n}, at::kFloat);
    std::copy(figures->own.begin(), figures->own.end(), positive.data_ptr<float>());
    const at::Tensor negative =
        at::full({}, sum / by_rows.negatives.sum().item<double>(), at::kFloat);
    context->save_for_backward(
        {ua.rows, ua.norms, ub.rows, ub.norms, temperature, groups, excluded});
    context->saved_data["figures"] = c10::IValue::make_capsule(figures);
    context->mark_non_differentiable({by_rows.k_pair, by_columns.k_pair, by_rows.hardest,
                                      by_columns.hardest, by_rows.negatives, by_columns.negatives,
                                      positive, negative});
    return {by_rows.loss,      by_columns.loss,      by_rows.k_pair,
            by_columns.k_pair, by_rows.hardest,      by_columns.hardest,
            by_rows.negatives, by_columns.negatives, positive,
            negative};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(),
          "multi_positive_contrast is differentiable once; multi_positive_contrast_reference is "
          "differentiable again (create_graph)");
    const auto saved = context->get_saved_variables();
    const UnitEmbeddings ua{saved[0], saved[1]}, ub{saved[2], saved[3]};
    const at::Tensor &temperature = saved[4], &groups = saved[5];
    const auto holder = context->saved_data["figures"].toCapsule();
    const auto& figures = static_cast<const PositiveFigures&>(*holder);
    const std::int64_t n = ua.rows.size(0);
    const ExcludedPairs pairs(saved[6], n, n);
    const PositiveGroups shared(groups, groups);

    const std::vector<double> by_rows = numbers_of(gradients[0], n),
                              by_columns = numbers_of(gradients[1], n);
    // Weights are relative to the largest incoming gradient, so that they keep inside float32.
    const double unit = largest_of(by_rows, by_columns);
    std::vector<double> on_own(static_cast<std::size_t>(n), 0.0);
    const GroupedWeights rows = weights_of(figures.rows, by_rows, unit, on_own),
                         columns = weights_of(figures.columns, by_columns, unit, on_own);
    const float middle = middle_of(figures.own, on_own);

    const auto floats = at::TensorOptions().dtype(at::kFloat);
    at::Tensor a_gradient = at::zeros(ua.rows.sizes(), floats),
               b_gradient = at::zeros(ub.rows.sizes(), floats);
    auto *to_a = a_gradient.data_ptr<float>(), *to_b = b_gradient.data_ptr<float>();
    double spread =
        unit * (ua.rows.scalar_type() == at::kFloat
                    ? add_grouped_gradients(problem_of<float>(ua, ub, figures, pairs), shared, rows,
                                            columns, middle, to_a, to_b)
                    : add_grouped_gradients(problem_of<std::uint16_t>(ua, ub, figures, pairs),
                                            shared, rows, columns, middle, to_a, to_b));
    const double inverse = 1 / figures.temperature;
    for (std::int64_t i = 0; i < n; ++i) {
      spread += on_own[i] * (figures.own[i] - middle);
      on_own[i] *= inverse;
    }
    a_gradient = embedding_gradient(a_gradient, unit * inverse, ua, ub, on_own.data(),
                                    figures.own.data(), figures.threads);
    b_gradient = embedding_gradient(b_gradient, unit * inverse, ub, ua, on_own.data(),
                                    figures.own.data(), figures.threads);
    // Every score is s/τ: ∂L/∂τ = −(1/τ) Σ s ∂L/∂s.
    const at::Tensor t_gradient =
        at::full_like(temperature, -spread * inverse * inverse, temperature.options());
    return {a_gradient, b_gradient, t_gradient, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

MultiPositiveContrast multi_positive_contrast(const at::Tensor& a, const at::Tensor& b,
                                              const at::Tensor& groups,
                                              const at::Tensor& temperature,
                                              const at::Tensor& excluded, PositiveMean mean) {
  check_same(a, b, "a", "b");
  if (!are_fused(a))
    return multi_positive_contrast_reference(a, b, groups, temperature, excluded, mean);
  check_temperature(temperature);
  check_two_samples(a);
  check_positive_groups(groups, a.size(0), "the groups");
  const variable_list out = MultiPositiveFunction::apply(
      a, b, temperature, groups, excluded.defined() ? excluded : at::empty({2, 0}, at::kLong),
      mean == PositiveMean::inside);
  return {.rows = {out[0], out[2], out[4], out[6]},
          .columns = {out[1], out[3], out[5], out[7]},
          .positive = out[8],
          .negative = out[9]};
}

}  // namespace cmc::kernels
