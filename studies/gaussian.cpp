#include "cmc/information/gaussian.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/information/critic_bounds.h"
#include "cmc/information/ksg.h"
#include "cmc/parallel.h"
#include "studies/estimators.h"
#include "studies/outcomes.h"
#include "studies/study.h"

namespace cmc::studies {
namespace {

using nlohmann::json;
using namespace information;

// The staircase of Poole et al. 2019, section 3.
constexpr std::int64_t dim = 20, batch = 64, width = 256, embedding = 32;
constexpr double learning_rate = 5e-4;

struct Pairs {
  at::Tensor x, y;
};

Pairs draw(std::int64_t n, std::int64_t dims, double rho) {
  const at::Tensor x = at::randn({n, dims});
  return {x, rho * x + std::sqrt(1 - rho * rho) * at::randn({n, dims})};
}

/// f(x, y) = g(x)ᵀ h(y), or a network on both side by side.
struct Critic {
  torch::nn::Sequential x = nullptr, y = nullptr;

  explicit Critic(bool separable)
      : x(separable ? mlp(dim, width, embedding) : mlp(2 * dim, width, 1)),
        y(separable ? mlp(dim, width, embedding) : torch::nn::Sequential(nullptr)) {}

  at::Tensor scores(const Pairs& pairs) {
    if (!y.is_empty()) return at::mm(x->forward(pairs.x), y->forward(pairs.y).t());
    const std::int64_t n = pairs.x.size(0);
    const at::Tensor both = at::cat(
        {pairs.x.unsqueeze(1).expand({n, n, dim}), pairs.y.unsqueeze(0).expand({n, n, dim})}, 2);
    return x->forward(both.reshape({n * n, 2 * dim})).view({n, n});
  }
  std::vector<at::Tensor> parameters() {
    std::vector<at::Tensor> all = x->parameters();
    if (!y.is_empty())
      for (const at::Tensor& parameter : y->parameters()) all.push_back(parameter);
    return all;
  }
};

json train_critic(const std::string& estimator, bool separable, double truth, std::int64_t steps,
                  std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  const double rho = gaussian_correlation(dim, truth);
  Critic critic(separable);
  CriticTraining training(estimator, critic.parameters(), learning_rate);
  for (std::int64_t step = 0; step < steps; ++step)
    training.step(critic.scores(draw(batch, dim, rho)));
  const at::NoGradGuard no_grad;
  std::vector<double> fresh;
  for (int i = 0; i < 200; ++i)
    fresh.push_back(value_of(estimator, critic.scores(draw(batch, dim, rho))).item<double>());
  const ConfidenceInterval interval = confidence_interval(fresh);
  return {{"nats", interval.mean}, {"batch_deviation", interval.deviation}};
}

/// The optimal critic's InfoNCE with k negatives drawn once for a block of anchors.
json optimal_info_nce(double truth, std::int64_t k, std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  const double rho = gaussian_correlation(dim, truth);
  std::vector<double> values;
  for (int block = 0; block < 64; ++block) {
    const Pairs anchors = draw(128, dim, rho);
    const at::Tensor negatives = at::randn({k, dim});
    const at::Tensor loss =
        k_pair_loss(correlated_gaussian_critic(anchors.x, anchors.y, rho).diagonal(),
                    correlated_gaussian_critic(anchors.x, negatives, rho));
    values.push_back(std::log1p(static_cast<double>(k)) - loss.item<double>());
  }
  return {{"nats", confidence_interval(values).mean}};
}

/// Another estimator with its optimal critic: the logarithm of the density ratio, and for NWJ one
/// more (Poole et al. 2019, section 2.2).
json optimal_value(const std::string& estimator, double truth, std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  const double rho = gaussian_correlation(dim, truth);
  const double shift = estimator == "NWJ" ? 1 : 0;
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) {
    const Pairs p = draw(512, dim, rho);
    values.push_back(
        value_of(estimator, shift + correlated_gaussian_critic(p.x, p.y, rho)).item<double>());
  }
  const ConfidenceInterval interval = confidence_interval(values);
  return {{"nats", interval.mean}, {"batch_deviation", interval.deviation}};
}

json ksg(double rho, std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  const Pairs p = draw(10000, 1, rho);
  return {{"nats", ksg_information(p.x, p.y)}};
}

struct Plan {
  std::vector<double> truths;
  std::vector<std::int64_t> ks;
  std::vector<std::string> critics;
  std::int64_t steps;
};

Plan plan_of(bool quick) {
  if (quick) return {{2, 6}, {64, 1024, 4096}, {"separable"}, 300};
  return {{2, 4, 6, 8, 10}, {64, 512, 4096, 16384, 65536}, {"separable", "joint"}, 2000};
}

/// Of the pairs that KSG is asked about.
const std::vector<double> correlations = {0.0, 0.5, 0.9};

json trained_key(const std::string& estimator, const std::string& critic, double truth) {
  return {{"estimator", estimator}, {"critic", critic}, {"truth", truth}};
}

void measure(advice::Notebook& notebook, const Plan& plan, std::int64_t seeds) {
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    for (const double truth : plan.truths) {
      for (const std::int64_t k : plan.ks)
        notebook.row({{"estimator", "InfoNCE"},
                      {"critic", "optimal"},
                      {"truth", truth},
                      {"k", k},
                      {"seed", seed}},
                     [&] { return optimal_info_nce(truth, k, seed); });
      for (const std::string& estimator : trained_estimators) {
        if (estimator == "InfoNCE") continue;
        json key = trained_key(estimator, "optimal", truth);
        key["seed"] = seed;
        notebook.row(key, [&] { return optimal_value(estimator, truth, seed); });
      }
      for (const std::string& critic : plan.critics) {
        for (const std::string& estimator : trained_estimators) {
          json key = trained_key(estimator, critic, truth);
          key.update({{"steps", plan.steps}, {"seed", seed}});
          notebook.row(key, [&] {
            return train_critic(estimator, critic == "separable", truth, plan.steps, seed);
          });
        }
      }
    }
    for (const double rho : correlations)
      notebook.row({{"estimator", "KSG"},
                    {"critic", "none"},
                    {"truth", correlated_gaussian_information(1, rho)},
                    {"seed", seed}},
                   [&] { return ksg(rho, seed); });
  }
}

void draw_figures(advice::Notebook& notebook, const Plan& plan) {
  for (const std::string& critic : plan.critics) {
    advice::Figure figure{.name = "trained-" + critic,
                          .title = "Trained critics (" + critic + "), batch 64",
                          .x_label = "true information, nats",
                          .y_label = "estimate, nats",
                          .series = {}};
    for (const std::string& estimator : trained_estimators) {
      advice::Series& series = figure.series.emplace_back();
      series.label = estimator;
      for (const double truth : plan.truths)
        series.points.push_back(advice::point(
            truth,
            advice::over_seeds(notebook.rows(), trained_key(estimator, critic, truth), "nats")));
    }
    advice::Series known{"truth", {}, true, false}, ceiling{"log 64", {}, true, false};
    for (const double truth : plan.truths) {
      known.points.push_back({truth, truth, truth, truth});
      ceiling.points.push_back({truth, std::log(64.0), std::log(64.0), std::log(64.0)});
    }
    figure.series.push_back(known);
    figure.series.push_back(ceiling);
    notebook.add(std::move(figure));
  }
  advice::Figure optimal{.name = "optimal",
                         .title = "Optimal critics",
                         .x_label = "true information, nats",
                         .y_label = "estimate, nats",
                         .series = {}};
  for (const std::string& estimator : trained_estimators) {
    advice::Series& series = optimal.series.emplace_back();
    series.label = estimator;
    for (const double truth : plan.truths) {
      json where = trained_key(estimator, "optimal", truth);
      if (estimator == "InfoNCE") where["k"] = plan.ks.back();
      series.points.push_back(
          advice::point(truth, advice::over_seeds(notebook.rows(), where, "nats")));
    }
  }
  advice::Series known{"truth", {}, true, false};
  for (const double truth : plan.truths) known.points.push_back({truth, truth, truth, truth});
  optimal.series.push_back(known);
  notebook.add(std::move(optimal));
  advice::Figure figure{.name = "optimal-infonce",
                        .title = "InfoNCE with the optimal critic",
                        .x_label = "negatives k",
                        .y_label = "bound, nats",
                        .logarithmic_x = true,
                        .series = {}};
  advice::Series ceiling{"log(k + 1)", {}, true, false};
  for (const double truth : plan.truths) {
    advice::Series& series = figure.series.emplace_back();
    series.label = fmt::format("truth {:.0f}", truth);
    for (const std::int64_t k : plan.ks) {
      json where = trained_key("InfoNCE", "optimal", truth);
      where["k"] = k;
      series.points.push_back(advice::point(static_cast<double>(k),
                                            advice::over_seeds(notebook.rows(), where, "nats")));
    }
  }
  for (const std::int64_t k : plan.ks) {
    const auto x = static_cast<double>(k);
    ceiling.points.push_back({x, std::log1p(x), std::log1p(x), std::log1p(x)});
  }
  figure.series.push_back(ceiling);
  notebook.add(std::move(figure));
}

void conclude_ceiling(advice::Notebook& notebook) {
  double closest = -1e9;
  std::int64_t count = 0;
  for (const json& row : notebook.rows()) {
    if (row["estimator"] != "InfoNCE") continue;
    const double k = row.value("k", static_cast<double>(batch - 1));
    closest = std::max(closest, row["nats"].get<double>() - std::log1p(k));
    ++count;
  }
  notebook.conclude(
      {"InfoNCE never exceeds log(k + 1).",
       fmt::format("of {} values the nearest is {:.3f} nats below it", count, -closest),
       closest <= 1e-6 ? advice::Outcome::held : advice::Outcome::not_held});
}

void conclude_optimal(advice::Notebook& notebook, const Plan& plan) {
  double worst = 0;
  std::int64_t count = 0;
  advice::Outcome outcome = advice::Outcome::held;
  for (const double truth : plan.truths) {
    for (const std::int64_t k : plan.ks) {
      if (truth > 6 || std::log(static_cast<double>(k)) < truth + 5) continue;
      json where = trained_key("InfoNCE", "optimal", truth);
      where["k"] = k;
      const ConfidenceInterval interval = advice::over_seeds(notebook.rows(), where, "nats");
      worst = std::max(worst, std::abs(interval.mean - truth) / truth);
      outcome = worse(outcome, near_truth(interval, truth, 0.03 * truth));
      ++count;
    }
  }
  if (count == 0) return;
  notebook.conclude(
      {"With the optimal critic InfoNCE is within 3 % of the truth where log k ≥ I + 5 (I ≤ 6).",
       fmt::format("of {} settings, means over seeds, the farthest is {:.1f} % off", count,
                   100 * worst),
       outcome});
}

void conclude_nwj(advice::Notebook& notebook, const Plan& plan) {
  const ConfidenceInterval optimal =
      advice::over_seeds(notebook.rows(), trained_key("NWJ", "optimal", 2), "nats");
  notebook.conclude({"NWJ with the optimal critic has mean I (at I = 2).",
                     fmt::format("{} nats over seeds", advice::plus_minus(optimal, 3)),
                     agrees(optimal, 2)});
  const double truth = plan.truths.back();
  for (const std::string& critic : plan.critics) {
    const ConfidenceInterval low =
        advice::over_seeds(notebook.rows(), trained_key("NWJ", critic, truth), "nats");
    const ConfidenceInterval missing{.mean = truth - low.mean,
                                     .low = truth - low.high,
                                     .high = truth - low.low,
                                     .deviation = low.deviation,
                                     .batches = low.batches};
    notebook.conclude(
        {fmt::format("Trained, NWJ is biased low ({} critic).", critic),
         fmt::format("{} nats where the truth is {:.0f}", advice::plus_minus(low, 2), truth),
         advice::positive(missing)});
  }
}

void conclude_ksg(advice::Notebook& notebook) {
  double worst = 0;
  advice::Outcome outcome = advice::Outcome::held;
  for (const double rho : correlations) {
    const double truth = correlated_gaussian_information(1, rho);
    const ConfidenceInterval interval =
        advice::over_seeds(notebook.rows(), trained_key("KSG", "none", truth), "nats");
    worst = std::max(worst, std::abs(interval.mean - truth));
    outcome = worse(outcome, near_truth(interval, truth, 0.02));
  }
  notebook.conclude(
      {"KSG is within 0.02 nats at d = 1, n = 10,000.",
       fmt::format("of {} correlations, means over seeds, the farthest is {:.3f} nats "
                   "off",
                   correlations.size(), worst),
       outcome});
}

}  // namespace

void run_gaussian(advice::Notebook& notebook, const StudyOptions& options) {
  set_threads(1);  // matrices this small lose more by sharing than they gain
  const Plan plan = plan_of(options.quick);
  measure(notebook, plan, options.seed_count());
  draw_figures(notebook, plan);
  conclude_ceiling(notebook);
  conclude_optimal(notebook, plan);
  conclude_nwj(notebook, plan);
  conclude_ksg(notebook);
}

}  // namespace cmc::studies
