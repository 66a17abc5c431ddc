#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <cmath>

#include "cmc/information/critic_bounds.h"
#include "cmc/information/gaussian.h"
#include "cmc/information/info_nce.h"
#include "cmc/parallel.h"
#include "studies/study.h"

namespace cmc::studies {
namespace {

using nlohmann::json;
using namespace information;

constexpr std::int64_t dim = 16, batch = 256, evaluated = 4096;

/// Correlations that fall from 0.95 by a fifth each: some directions share much, most little.
at::Tensor correlations() {
  return 0.95 * at::pow(at::full({}, 0.8), at::arange(dim, at::kFloat));
}

struct Pairs {
  at::Tensor x, y;
};

Pairs draw(std::int64_t n) {
  const at::Tensor rho = correlations(), x = at::randn({n, dim});
  return {x, rho * x + (1 - rho.square()).sqrt() * at::randn({n, dim})};
}

/// I(z₁; z₂) of z₁ = W₁ x, z₂ = W₂ y, in closed form.
double projected_information(const at::Tensor& first, const at::Tensor& second) {
  const at::Tensor a = first.to(at::kDouble), b = second.to(at::kDouble);
  const at::Tensor cross = at::mm(a * correlations().to(at::kDouble), b.t());
  const at::Tensor top = at::cat({at::mm(a, a.t()), cross}, 1);
  const at::Tensor bottom = at::cat({cross.t(), at::mm(b, b.t())}, 1);
  return gaussian_information(at::cat({top, bottom}), a.size(0));
}

torch::nn::Sequential critic_side(std::int64_t in) {
  using namespace torch::nn;
  return Sequential(Linear(in, 128), ReLU(), Linear(128, 128), ReLU(), Linear(128, 32));
}

json measure(std::int64_t width, std::int64_t steps, std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  torch::nn::Linear first(torch::nn::LinearOptions(dim, width).bias(false));
  torch::nn::Linear second(torch::nn::LinearOptions(dim, width).bias(false));
  torch::nn::Sequential f = critic_side(width), g = critic_side(width);
  std::vector<at::Tensor> parameters = {first->weight, second->weight};
  for (const auto& side : {f, g})
    for (const at::Tensor& parameter : side->parameters()) parameters.push_back(parameter);
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(1e-3));
  const auto scores = [&](const Pairs& pairs) {
    return at::mm(f->forward(first->forward(pairs.x)), g->forward(second->forward(pairs.y)).t());
  };
  for (std::int64_t step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    k_pair_loss(scores(draw(batch))).backward();
    optimizer.step();
  }
  const at::NoGradGuard no_grad;
  std::vector<double> bounds;
  for (int i = 0; i < 4; ++i)
    bounds.push_back(info_nce_bound(scores(draw(evaluated))).item<double>());
  const ConfidenceInterval bound = confidence_interval(bounds);
  const at::Tensor rho = correlations().to(at::kDouble);
  return {{"views_nats", -0.5 * at::log1p(-rho.square()).sum().item<double>()},
          {"embeddings_nats", projected_information(first->weight, second->weight)},
          {"bound_nats", bound.mean},
          {"bound_low_nats", bound.low},
          {"bound_high_nats", bound.high}};
}

}  // namespace

void run_processing(advice::Notebook& notebook, const StudyOptions& options) {
  set_threads(1);  // matrices this small lose more by sharing than they gain
  const std::vector<std::int64_t> widths = options.quick
                                               ? std::vector<std::int64_t>{1, 4, 16}
                                               : std::vector<std::int64_t>{1, 2, 4, 8, 16};
  const std::int64_t steps = options.quick ? 300 : 3000;
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed)
    for (const std::int64_t width : widths)
      notebook.row({{"width", width}, {"steps", steps}, {"seed", seed}},
                   [&] { return measure(width, steps, seed); });
  advice::Figure figure{.name = "chain",
                        .title = "I(v₁; v₂) ≥ I(z₁; z₂) ≥ bound",
                        .x_label = "width of the encoders",
                        .y_label = "nats",
                        .logarithmic_x = true,
                        .series = {}};
  const std::pair<const char*, const char*> columns[] = {{"views_nats", "I(v₁; v₂), exact"},
                                                         {"embeddings_nats", "I(z₁; z₂), exact"},
                                                         {"bound_nats", "bound, k = 4,095"}};
  for (const auto& [column, label] : columns) {
    advice::Series& series = figure.series.emplace_back();
    series.label = label;
    series.dashed = column == std::string("views_nats");
    for (const std::int64_t width : widths)
      series.points.push_back(
          advice::point(static_cast<double>(width),
                        advice::over_seeds(notebook.rows(), {{"width", width}}, column)));
  }
  notebook.add(figure);
  double lost = 1e9, slack = 1e9, low_slack = 1e9;
  for (const json& row : notebook.rows()) {
    lost = std::min(lost, row["views_nats"].get<double>() - row["embeddings_nats"].get<double>());
    const double shared = row["embeddings_nats"];
    slack = std::min(slack, shared - row["bound_high_nats"].get<double>());
    low_slack = std::min(low_slack, shared - row["bound_low_nats"].get<double>());
  }
  notebook.conclude({"Encoders never add information: I(v₁; v₂) ≥ I(z₁; z₂).",
                     fmt::format("in {} trainings the least that was lost is {:.3f} nats",
                                 notebook.rows().size(), lost),
                     lost >= -1e-6 ? advice::Outcome::held : advice::Outcome::not_held});
  notebook.conclude({"The bound stays under what the embeddings share: I(z₁; z₂) ≥ bound.",
                     fmt::format("of all trainings the upper end of the bound's interval is at "
                                 "least {:.3f} nats below it, the lower end {:.3f}",
                                 slack, low_slack),
                     low_slack < 0 ? advice::Outcome::not_held
                     : slack >= 0  ? advice::Outcome::held
                                   : advice::Outcome::open});
  const auto wide = advice::difference(notebook.rows(), {{"width", widths.back()}},
                                       {{"width", widths.front()}}, "bound_nats");
  notebook.conclude({"Narrow encoders show less.",
                     fmt::format("width {} shows {} nats more than width {}", widths.back(),
                                 advice::plus_minus(wide, 2), widths.front()),
                     advice::positive(wide)});
}

}  // namespace cmc::studies
