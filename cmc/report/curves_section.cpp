#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/information/info_nce.h"
#include "cmc/report/curve_points.h"
#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;
using runs::Metrics;
using training::HeldOutFigures;
using training::StepFigures;

/// As many lines as a person reads of a table of a curve.
constexpr std::size_t most_lines = 12;

/// Indices into n rows: at most `most`, evenly spread, the first and the last among them.
std::vector<std::size_t> spread(std::size_t n, std::size_t most) {
  std::vector<std::size_t> chosen;
  const std::size_t count = std::min(n, most);
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(count == 1 ? n - 1 : i * (n - 1) / (count - 1));
  }
  return chosen;
}

template <class Points>
const typename Points::value_type& nearest(const Points& points, double epoch) {
  return *std::min_element(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return std::abs(a.epoch - epoch) < std::abs(b.epoch - epoch);
  });
}

json line(const StepFigures* training, const HeldOutFigures* held_out) {
  const auto in_bits = [](double nats) { return fixed(bits(nats), 2); };
  const std::string none = "–";
  return {{"epoch", fixed(held_out ? held_out->epoch : training->epoch, 2)},
          {"step", with_commas(held_out ? held_out->step : training->step)},
          {"loss", training ? fixed(training->loss, 3) : none},
          {"held_out_loss", held_out ? fixed(held_out->loss, 3) : none},
          {"estimate", training ? in_bits(training->training_estimate) : none},
          {"bound", held_out ? in_bits(held_out->bound) : none},
          {"tight_bound", held_out ? in_bits(held_out->tight_bound) : none},
          {"ceiling", in_bits(held_out ? held_out->ceiling : training->ceiling)}};
}

json lines(const std::vector<StepFigures>& training, const std::vector<HeldOutFigures>& held_out) {
  json rows = json::array();
  if (held_out.empty()) {
    for (const std::size_t i : spread(training.size(), most_lines))
      rows.push_back(line(&training[i], nullptr));
  }
  for (const std::size_t i : spread(held_out.size(), most_lines)) {
    rows.push_back(
        line(training.empty() ? nullptr : &nearest(training, held_out[i].epoch), &held_out[i]));
  }
  return rows;
}

/// "k = 511", or "k = 16 … 511" where it changed.
template <class Points>
std::string negatives(const Points& points) {
  const auto [least, most] =
      std::ranges::minmax_element(points, {}, [](const auto& point) { return point.k; });
  const std::int64_t low = std::llround(least->k), high = std::llround(most->k);
  return low == high ? fmt::format("k = {}", with_commas(low))
                     : fmt::format("k = {} … {}", with_commas(low), with_commas(high));
}

std::string negatives_text(const Metrics& metrics) {
  std::string text;
  if (!metrics.training.empty())
    text += fmt::format("An anchor of training meets {} negatives", negatives(metrics.training));
  if (!metrics.held_out.empty())
    text += fmt::format("{} {}", text.empty() ? "A held-out anchor meets" : ", a held-out one",
                        negatives(metrics.held_out));
  return text + ".";
}

std::string loss_text(const Metrics& metrics) {
  std::vector<double> losses;
  for (const StepFigures& point : metrics.training) {
    if (std::isfinite(point.loss)) losses.push_back(point.loss);
  }
  std::string text = losses.empty()
                         ? "No finite training loss was recorded."
                         : fmt::format(
                               "The training loss, which both directions of each pair of "
                               "views add to, went from {} to {}.",
                               fixed(losses.front(), 2), fixed(losses.back(), 2));
  if (!metrics.held_out.empty()) {
    text += fmt::format(
        " On held-out samples the k-pair loss of one direction ended at {}, with {}: what both say "
        "of information is compared above.",
        fixed(metrics.held_out.back().loss, 2), negatives(metrics.held_out));
  }
  return text;
}

/// A formula that no line breaks within.
std::string unbroken(std::string formula) {
  for (auto at = formula.find(' '); at != std::string::npos; at = formula.find(' ')) {
    formula.replace(at, 1, "\u00a0");
  }
  return formula;
}

/// What was measured after the epochs. Where `cmc information` measured too, that is what the views
/// share at least, and this how training went.
std::string information_text(const Metrics& metrics, bool measured) {
  const HeldOutFigures* best = best_held_out(metrics);
  if (!best) {
    return "Nothing was measured on held-out samples, so there is no bound; what is shown is a "
           "training estimate.";
  }
  const auto in_bits = [](double nats) { return fixed(bits(nats), 2) + "\u00a0bits"; };
  const std::string formula = unbroken("log(k + 1) − L"),
                    k = unbroken(fmt::format("k = {}", with_commas(std::llround(best->k)))),
                    ceiling = fmt::format("its ceiling, {}, is {}", unbroken("log(k + 1)"),
                                          in_bits(best->ceiling));
  if (!information::informative(best->tight_bound))
    return fmt::format(
        "On held-out samples the bound {} was {} at its best, with {} negatives: it is not "
        "informative, and what the views share remains open.",
        formula, in_bits(best->tight_bound), k);
  std::string text =
      measured ? fmt::format(
                     "Measured after each epoch, the bound {} on held-out samples was {} at its "
                     "best, with {} negatives; {}. The bound with all held-out samples as "
                     "negatives is below.",
                     formula, in_bits(best->tight_bound), k, ceiling)
               : fmt::format(
                     "On held-out samples, the views share {} ({}\u00a0nats): the bound {} at its "
                     "best, with {} negatives; {}.",
                     unbroken(information::at_least(best->tight_bound)),
                     fixed(best->tight_bound, 2), formula, k, ceiling);
  text += fmt::format(" The paper’s form of it, {}, is less by {}: {}.", unbroken("log k − L"),
                      unbroken("log(1 + 1/k)"), in_bits(best->bound));
  if (!measured && best->tight_bound > 0.9 * best->ceiling) {
    text +=
        " So near its ceiling it says only “at least this much”; cmc information takes all other "
        "held-out samples as negatives.";
  }
  return text;
}

/// What small probes reached on the way; null where there was none.
json probes_section(const std::vector<training::ProbeFigures>& probes) {
  if (probes.empty()) return nullptr;
  const bool numbers = probes.back().numbers;
  const auto shown = [&](double reached) { return numbers ? fixed(reached, 3) : percent(reached); };
  double seconds = 0;
  for (const training::ProbeFigures& probe : probes) seconds += probe.seconds;
  json rows = json::array();
  for (const std::size_t i : spread(probes.size(), most_lines))
    rows.push_back({{"epoch", fixed(probes[i].epoch, 2)},
                    {"step", with_commas(probes[i].step)},
                    {"linear", shown(probes[i].linear)},
                    {"neighbours", numbers ? "–" : shown(probes[i].neighbours)}});
  return {
      {"text",
       fmt::format("{} on the representation of all views went from {} to {}{} (fitted with {} "
                   "labels, judged on {} samples; {} in all, no part of training).",
                   numbers ? "R² of a small ridge regression" : "Accuracy of a small linear probe",
                   shown(probes.front().linear), shown(probes.back().linear),
                   numbers ? "" : "\u00a0%", with_commas(probes.back().labels),
                   with_commas(probes.back().judged), duration(seconds))},
      {"what", numbers ? "Ridge regression, R²" : "Linear probe, %"},
      {"lines", std::move(rows)}};
}

json probes_chart(const std::vector<training::ProbeFigures>& probes) {
  json points = json::array();
  for (const training::ProbeFigures& p : probes) {
    const double unit = p.numbers ? 1 : 100;
    points.push_back({{"epoch", p.epoch},
                      {"linear", unit * p.linear},
                      {"neighbours", p.numbers ? json() : json(unit * p.neighbours)}});
  }
  return points;
}

}  // namespace

const HeldOutFigures* best_held_out(const runs::Metrics& metrics) {
  const HeldOutFigures* best = nullptr;
  for (const HeldOutFigures& point : metrics.held_out) {
    if (std::isfinite(point.tight_bound) && (!best || point.tight_bound > best->tight_bound))
      best = &point;
  }
  return best;
}

json curves_section(const Metrics& metrics, bool measured) {
  if (metrics.training.empty() && metrics.held_out.empty()) return nullptr;
  const std::size_t run = steps_a_point(metrics);
  const auto training = thinned(metrics.training, run);
  json chart = curve_points(metrics);
  chart["probes"] = probes_chart(metrics.probes);
  return {
      {"probes", probes_section(metrics.probes)},
      {"loss_text", loss_text(metrics)},
      {"information_text", information_text(metrics, measured)},
      {"negatives_text", negatives_text(metrics)},
      {"averaged", run > 1 ? fmt::format("A training point is the mean of {} steps.", run) : ""},
      {"lines", lines(training, metrics.held_out)},
      {"chart", std::move(chart)}};
}

}  // namespace cmc::report
