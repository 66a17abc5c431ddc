#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

#include <cmath>

#include "cmc/contrast/losses/multilinear.h"
#include "cmc/contrast/objective.h"
#include "cmc/information/units.h"
#include "cmc/parallel.h"
#include "studies/outcomes.h"
#include "studies/study.h"

namespace cmc::studies {
namespace {

using information::ConfidenceInterval;
using nlohmann::json;

constexpr std::int64_t width = 32, batch = 64;
constexpr double learning_rate = 0.03;

/// Three views of `bits` bits each. The first two are random; of the third `together` bits are the
/// exclusive or of theirs, which neither knows alone, and the others the first view's own. In all
/// three views share `bits` bits (their total correlation), the first and the third bits −
/// together, and no other pair anything.
struct Source {
  std::int64_t bits, together;

  std::vector<at::Tensor> draw(std::int64_t n) const {
    const at::Tensor first = at::randint(2, {n, bits}, at::kFloat),
                     second = at::randint(2, {n, bits}, at::kFloat);
    const at::Tensor joint = (first - second).abs();
    return {first, second,
            at::cat({joint.narrow(1, 0, together), first.narrow(1, together, bits - together)}, 1)};
  }

  /// Every value that a view can have, by its code: [2^bits, bits].
  at::Tensor values() const {
    const at::Tensor codes = at::arange(std::int64_t{1} << bits, at::kLong).unsqueeze(1);
    return at::bitwise_and(at::bitwise_right_shift(codes, at::arange(bits, at::kLong)), 1)
        .to(at::kFloat);
  }

  at::Tensor codes(const at::Tensor& view) const {
    return at::bitwise_left_shift(view.to(at::kLong), at::arange(bits, at::kLong)).sum(1);
  }
};

/// A loss that is tried.
struct Tried {
  std::string name, label;
  contrast::Loss loss;
};

std::vector<Tried> tried(bool quick) {
  using namespace contrast;
  const LearnedTemperature tau{.initial = 0.1};
  std::vector<Tried> all = {
      {"k_pair", "k-pair, every pair of views", KPairOptions{.temperature = tau}},
      {"multilinear", "multilinear, permuted tuples", MultilinearOptions{.temperature = tau}}};
  if (!quick)
    all.push_back({"multilinear_all", "multilinear, all tuples",
                   MultilinearOptions{.temperature = tau, .negatives = TupleNegatives::all}});
  return all;
}

json measure(const contrast::Loss& loss, const Source& source, std::int64_t steps,
             std::int64_t seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  contrast::Objective objective({.loss = loss,
                                 .graph = contrast::ViewGraph::full(3),
                                 .seed = static_cast<std::uint64_t>(seed)});
  std::vector<at::Tensor> parameters = objective->parameters();
  std::vector<torch::nn::Linear> encoders;
  for (int view = 0; view < 3; ++view) {
    encoders.emplace_back(source.bits, width);
    for (const at::Tensor& parameter : encoders.back()->parameters())
      parameters.push_back(parameter);
  }
  const auto encode = [&](const std::vector<at::Tensor>& views) {
    std::vector<at::Tensor> embeddings;
    for (std::size_t v = 0; v < 3; ++v) embeddings.push_back(encoders[v]->forward(views[v]));
    return embeddings;
  };
  const auto indices = [](std::int64_t n) { return at::arange(n, at::kLong); };
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(learning_rate));
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::vector<at::Tensor> embeddings = encode(source.draw(batch));
    optimizer.zero_grad();
    objective->forward(embeddings, indices(batch)).loss.backward();
    optimizer.step();
    objective->update(indices(batch), embeddings);
  }
  const at::NoGradGuard no_grad;
  constexpr std::int64_t fresh = 512, batches = 8;
  const bool tuples = std::holds_alternative<contrast::MultilinearOptions>(loss);
  double nats = 0;
  for (std::int64_t i = 0; i < batches; ++i)
    nats += objective->measure(encode(source.draw(fresh)), indices(fresh))
                .figures()
                .training_estimate() /
            static_cast<double>(batches);
  const std::vector<at::Tensor> views = source.draw(2000);
  const std::vector<at::Tensor> embeddings = encode(views);
  const at::Tensor every = encoders[2]->forward(source.values());
  const at::Tensor scores =
      tuples ? contrast::multilinear_scores({embeddings[0], embeddings[1]}, every)
             : contrast::multilinear_scores({embeddings[0]}, every) +
                   contrast::multilinear_scores({embeddings[1]}, every);
  const at::Tensor right = scores.argmax(1) == source.codes(views[2]);
  return {{"accuracy", right.to(at::kDouble).mean().item<double>()},
          // Of pairs the sum over the three, whose mean the objective gives.
          {"bits_shown", (tuples ? 1 : 3) * nats * information::bits_per_nat},
          {"temperature", objective->temperature().item<double>()}};
}

}  // namespace

void run_beyond_pairs(advice::Notebook& notebook, const StudyOptions& options) {
  set_threads(1);  // matrices this small lose more by sharing than they gain
  const std::int64_t bits = options.quick ? 4 : 5, steps = options.quick ? 150 : 300;
  std::vector<std::int64_t> together = {0, bits};
  if (!options.quick) together = {0, 1, 2, 3, 4, 5};
  const std::vector<Tried> losses = tried(options.quick);
  const auto key = [&](const Tried& each, std::int64_t bits_together) {
    return json{{"loss", each.name}, {"bits", bits}, {"together", bits_together}};
  };
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed)
    for (const std::int64_t bits_together : together)
      for (const Tried& each : losses) {
        json row = key(each, bits_together);
        row.update({{"batch", batch}, {"steps", steps}, {"seed", seed}});
        notebook.row(row, [&] {
          return measure(each.loss, {.bits = bits, .together = bits_together}, steps, seed);
        });
      }

  const double values = std::exp2(static_cast<double>(bits));
  const auto figure = [&](const char* name, const char* title, const char* y, const char* column,
                          double scale, double known, const char* known_label) {
    advice::Figure drawn{.name = name,
                         .title = title,
                         .x_label = fmt::format("bits of the third view that are the exclusive or "
                                                "of the others', of {}",
                                                bits),
                         .y_label = y,
                         .series = {}};
    advice::Series reference{.label = known_label, .points = {}, .dashed = true, .markers = false};
    for (const Tried& each : losses) {
      advice::Series& series = drawn.series.emplace_back();
      series.label = each.label;
      for (const std::int64_t x : together)
        series.points.push_back(
            advice::point(static_cast<double>(x),
                          advice::over_seeds(notebook.rows(), key(each, x), column), scale));
    }
    for (const std::int64_t x : together)
      reference.points.push_back({static_cast<double>(x), known, known, known});
    drawn.series.push_back(reference);
    notebook.add(std::move(drawn));
  };
  figure("accuracy", "The third view, found among all by the other two", "accuracy, %", "accuracy",
         100, 100 / values, "chance");
  figure("information", "What fresh samples show that views share", "bits", "bits_shown", 1,
         static_cast<double>(bits), "total correlation");

  const auto of = [&](const Tried& each, const char* column) {
    return advice::over_seeds(notebook.rows(), key(each, bits), column);
  };
  const auto percent = [](const ConfidenceInterval& interval) {
    return advice::plus_minus(interval, 1, 100);
  };
  const ConfidenceInterval pairs = of(losses[0], "accuracy");
  notebook.conclude(
      {"Where no pair of views shares anything, a loss of pairs stays at chance.",
       fmt::format("v₃ = v₁ XOR v₂, {} bits: {} % of third views found by the other two, within 2 "
                   "points of chance, {:.1f} %",
                   bits, percent(pairs), 100 / values),
       at_most(pairs, 1 / values + 0.02)});
  for (std::size_t i = 1; i < losses.size(); ++i) {
    const ConfidenceInterval found = of(losses[i], "accuracy");
    notebook.conclude(
        {fmt::format("There the loss of tuples finds the third view ({}).", losses[i].label),
         fmt::format("{} % of third views found, where 95 % are asked for", percent(found)),
         at_least(found, 0.95)});
  }
  const auto gain =
      advice::difference(notebook.rows(), key(losses[1], bits), key(losses[0], bits), "accuracy");
  notebook.conclude({"There the loss of tuples beats the loss of pairs.",
                     fmt::format("{} points of accuracy more", percent(gain)),
                     advice::positive(gain)});
  const ConfidenceInterval shown = of(losses[1], "bits_shown");
  notebook.conclude(
      {"Its bound stays under the total correlation.",
       fmt::format("{} bits of {} on fresh samples", advice::plus_minus(shown, 2), bits),
       at_most(shown, static_cast<double>(bits) + 0.05)});
}

}  // namespace cmc::studies
