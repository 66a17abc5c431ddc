#include "studies/coverage.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/advice/parabola.h"
#include "cmc/evaluation/information_curve.h"
#include "cmc/information/label_information.h"
#include "cmc/parallel.h"
#include "cmc/random.h"
#include "cmc/report/text_table.h"
#include "studies/study.h"

namespace cmc::studies {
namespace {

using information::ConfidenceInterval;
using nlohmann::json;

/// Intervals against a truth that may be known only after all of them.
class Intervals {
 public:
  void add(double mean, double low, double high) { all_.push_back({mean, low, high}); }

  double mean() const {
    double sum = 0;
    for (const Interval& one : all_) sum += one.mean;
    return sum / static_cast<double>(all_.size());
  }

  Coverage against(double truth) const {
    Coverage coverage{.truth = truth};
    const double share = 1 / static_cast<double>(all_.size());
    // What is exactly known, such as log 2 of two classes, is computed in another order.
    const double rounding = 1e-9;
    for (const Interval& one : all_) {
      const bool above = one.low > truth + rounding, below = one.high < truth - rounding;
      coverage.above += above * share;
      coverage.below += below * share;
      coverage.covered += (!above && !below) * share;
      coverage.reach += (one.high - one.low) / 2 * share;
    }
    return coverage;
  }

 private:
  struct Interval {
    double mean, low, high;
  };
  std::vector<Interval> all_;
};

struct Drawn {
  at::Tensor logits, labels;
};

Drawn drawn_labels(const LabelSetting& setting, std::int64_t samples) {
  const at::Tensor shares = at::tensor(setting.shares, at::kDouble);
  const at::Tensor labels = at::multinomial(shares, samples, /*replacement=*/true);
  const auto classes = static_cast<std::int64_t>(setting.shares.size());
  const at::Tensor z = setting.separation * at::one_hot(labels, classes).to(at::kDouble) +
                       at::randn({samples, classes}, at::kDouble);
  return {shares.log() + setting.separation * z, labels};
}

std::string share_text(double share) {
  return fmt::format("{:.1f}", 100 * share);
}

json row_of(const Coverage& coverage) {
  return {{"covered", coverage.covered},
          {"above", coverage.above},
          {"below", coverage.below},
          {"reach", coverage.reach},
          {"truth", coverage.truth}};
}

json key_of(const std::string& interval, const std::string& of, std::int64_t simulations) {
  return {{"interval", interval}, {"of", of}, {"simulations", simulations}};
}

constexpr const char* label_interval = "label information";
constexpr const char* bound_interval = "InfoNCE bound";
constexpr const char* mean_interval = "mean over seeds";
constexpr const char* peak_interval = "peak of a parabola";

std::string shares_text(const std::vector<double>& shares) {
  if (shares.size() > 2) return fmt::format("{} classes", shares.size());
  return fmt::format("{:g}/{:g}", shares[0], shares[1]);
}

void measure_labels(advice::Notebook& notebook, std::int64_t simulations, bool quick) {
  const std::vector<double> ten(10, 0.1);
  const std::vector<std::int64_t> sizes =
      quick ? std::vector<std::int64_t>{100, 1000} : std::vector<std::int64_t>{100, 300, 1000};
  for (const std::vector<double>& shares : {std::vector{0.5, 0.5}, {0.9, 0.1}, {0.95, 0.05}, ten})
    for (const double separation : {shares.size() > 2 ? 2.8 : 1.4, shares.size() > 2 ? 5.0 : 2.8})
      for (const std::int64_t samples : sizes)
        notebook.row(key_of(label_interval,
                            fmt::format("{}, separation {:g}, n = {}", shares_text(shares),
                                        separation, samples),
                            simulations),
                     [&] {
                       return row_of(label_coverage({shares, samples, separation}, simulations, 1));
                     });
}

void measure_bounds(advice::Notebook& notebook, std::int64_t simulations, bool quick) {
  struct Size {
    std::int64_t k, batches;
  };
  const std::vector<Size> sizes =
      quick ? std::vector<Size>{{16, 8}, {99, 1}}
            : std::vector<Size>{{16, 8}, {16, 100}, {64, 8}, {99, 1}, {299, 1}, {299, 3}, {999, 1}};
  struct Views {
    double noise, temperature;
  };
  for (const Size& size : sizes)
    for (const Views& views : {Views{1, 0.2}, Views{0.6, 0.1}, Views{0.3, 0.1}, Views{0.3, 0.05}})
      notebook.row(key_of(bound_interval,
                          fmt::format("k = {}, {} {}, noise {:g}, τ = {:g}", size.k, size.batches,
                                      size.batches == 1 ? "batch" : "batches", views.noise,
                                      views.temperature),
                          simulations),
                   [&] {
                     const BoundCoverage found = bound_coverage(
                         {size.k, size.batches, views.noise, views.temperature}, simulations, 1);
                     json row = row_of(found.interval);
                     row["ceiling"] = found.ceiling;
                     row["highest_end"] = found.highest_end;
                     return row;
                   });
}

void measure_others(advice::Notebook& notebook, std::int64_t simulations) {
  for (const std::int64_t values : {2, 3, 5, 10})
    notebook.row(key_of(mean_interval, fmt::format("{} normal values", values), simulations),
                 [&] { return row_of(mean_coverage(values, simulations, 1)); });
  for (const double error : {0.1, 0.3, 1.0})
    notebook.row(key_of(peak_interval, fmt::format("4 values, each ± {:g} of a rise of 1.7", error),
                        simulations),
                 [&] { return row_of(peak_coverage(error, simulations, 1)); });
}

std::string table_of(const std::vector<json>& rows) {
  std::vector<std::vector<std::string>> lines = {{"95 % interval of", "setting", "truth", "reach",
                                                  "holds it, %", "above it, %", "below it, %"}};
  std::string before;
  for (const json& row : rows) {
    const std::string interval = row.at("interval");
    lines.push_back({interval == before ? "" : interval, row.at("of"),
                     fmt::format("{:.3f}", row.at("truth").get<double>()),
                     fmt::format("{:.3f}", row.at("reach").get<double>()),
                     share_text(row.at("covered")), share_text(row.at("above")),
                     share_text(row.at("below"))});
    before = interval;
  }
  return report::text_table(lines, 2);
}

/// Whether every setting's share is within [least, most], but for what so many simulations leave to
/// chance (three standard errors).
advice::Outcome within(const std::vector<double>& shares, double least, double most,
                       std::int64_t simulations) {
  advice::Outcome outcome = advice::Outcome::held;
  for (const double share : shares) {
    const double chance = 3 * std::sqrt(share * (1 - share) / static_cast<double>(simulations));
    if (share >= least && share <= most) continue;
    if (share + chance < least || share - chance > most) return advice::Outcome::not_held;
    outcome = advice::Outcome::open;
  }
  return outcome;
}

void conclude_kind(advice::Notebook& notebook, const std::string& interval,
                   std::int64_t simulations) {
  std::vector<double> covered, above;
  double over_ceiling = -1e9;
  for (const json& row : notebook.rows()) {
    if (row.at("interval") != interval) continue;
    covered.push_back(row.at("covered"));
    above.push_back(row.at("above"));
    if (row.contains("ceiling"))
      over_ceiling = std::max(
          over_ceiling, row.at("highest_end").get<double>() - row.at("ceiling").get<double>());
  }
  const auto [least, most] = std::ranges::minmax(covered);
  notebook.conclude(
      {fmt::format("The interval of {} holds the truth in 90 % of simulations or more.", interval),
       fmt::format("{} to {} % in {} settings, of {} simulations each; above it in at "
                   "most {} %",
                   share_text(least), share_text(most), covered.size(), simulations,
                   share_text(std::ranges::max(above))),
       within(covered, 0.90, 1, simulations)});
  if (over_ceiling > -1e9)
    notebook.conclude({"No interval of a bound ends above log(k + 1).",
                       fmt::format("the highest end is {:.4f} nats from it", -over_ceiling),
                       over_ceiling <= 0 ? advice::Outcome::held : advice::Outcome::not_held});
}

}  // namespace

Coverage label_coverage(const LabelSetting& setting, std::int64_t simulations, std::uint64_t seed) {
  at::manual_seed(seed);
  double entropy = 0;
  for (const double share : setting.shares) entropy -= share * std::log(share);
  const Drawn many = drawn_labels(setting, 400000);
  const double truth =
      entropy - information::label_information(many.logits, many.labels).cross_entropy;
  Intervals intervals;
  for (std::int64_t i = 0; i < simulations; ++i) {
    const Drawn few = drawn_labels(setting, setting.samples);
    const ConfidenceInterval bound = information::label_information(few.logits, few.labels).bound;
    intervals.add(bound.mean, bound.low, bound.high);
  }
  return intervals.against(truth);
}

BoundCoverage bound_coverage(const BoundSetting& setting, std::int64_t simulations,
                             std::uint64_t seed) {
  constexpr std::int64_t dim = 16;
  at::manual_seed(seed);
  const std::int64_t samples = (setting.k + 1) * setting.batches;
  Intervals intervals;
  BoundCoverage coverage;
  coverage.highest_end = -1e9;
  for (std::int64_t i = 0; i < simulations; ++i) {
    const at::Tensor x = at::randn({samples, dim});
    const evaluation::InformationPoint point =
        evaluation::information_curves(
            x + setting.noise * at::randn({samples, dim}),
            x + setting.noise * at::randn({samples, dim}),
            {.temperature = setting.temperature, .smallest_k = setting.k, .largest_k = setting.k})
            .forward.back();
    intervals.add(point.tight_bound, point.low, point.high);
    coverage.ceiling = point.ceiling;
    coverage.highest_end = std::max(coverage.highest_end, point.high);
  }
  coverage.interval = intervals.against(intervals.mean());
  return coverage;
}

Coverage mean_coverage(std::int64_t values, std::int64_t simulations, std::uint64_t seed) {
  RandomStream stream(RandomPurpose::made_data, seed);
  Intervals intervals;
  for (std::int64_t i = 0; i < simulations; ++i) {
    std::vector<double> drawn;
    for (std::int64_t v = 0; v < values; ++v) drawn.push_back(stream.normal());
    const ConfidenceInterval interval = information::confidence_interval(drawn);
    intervals.add(interval.mean, interval.low, interval.high);
  }
  return intervals.against(0);
}

Coverage peak_coverage(double error, std::int64_t simulations, std::uint64_t seed) {
  RandomStream stream(RandomPurpose::made_data, seed);
  const double truth = 1.3;
  Intervals intervals;
  for (std::int64_t i = 0; i < simulations; ++i) {
    std::vector<advice::MeasuredPoint> points;
    for (int x = 0; x < 4; ++x)
      points.push_back(
          {static_cast<double>(x), -(x - truth) * (x - truth) + error * stream.normal(), error});
    const auto peak = advice::fit_parabola(points)->peak;
    if (peak) intervals.add(peak->x, peak->x - 1.96 * peak->error, peak->x + 1.96 * peak->error);
  }
  return intervals.against(truth);
}

void run_coverage(advice::Notebook& notebook, const StudyOptions& options) {
  set_threads(1);  // tensors this small lose more by sharing than they gain
  const std::int64_t simulations = options.quick ? 200 : 1000;
  measure_labels(notebook, simulations, options.quick);
  measure_bounds(notebook, simulations, options.quick);
  measure_others(notebook, simulations);
  notebook.add_table(table_of(notebook.rows()));
  for (const char* interval : {label_interval, bound_interval, mean_interval, peak_interval})
    conclude_kind(notebook, interval, simulations);
}

}  // namespace cmc::studies
