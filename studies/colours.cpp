#include <fmt/format.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cmc/information/confidence_interval.h"
#include "cmc/information/units.h"
#include "cmc/views/pictures/color.h"
#include "cmc/views/pictures/color_split.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"

// Claim (Tian et al. 2020, arXiv 2005.10243, section 4.1 and its figure of colour spaces): of views
// that are the channels of one picture, accuracy rises as what they share falls. What counts: a
// correlation of −0.5 or less of accuracy with the bound over all spaces and splits. 27 settings a
// seed tell −0.5 from 0 with power 0.8 by one seed alone (Fisher's z: its standard error is 0.2);
// three seeds are for the points' own error bars.

namespace cmc::studies {
namespace {

using information::bits_per_nat;
using nlohmann::json;

/// A space's channel against its other two.
struct Split {
  views::ColorSpace space;
  std::string alone;

  std::string space_name() const { return std::string(views::describe(space).name); }
  json key() const { return {{"space", space_name()}, {"alone", alone}}; }
};

/// Of every space; where quick the first channel of three.
std::vector<Split> splits(bool quick) {
  std::vector<Split> all;
  for (int i = 0; i < views::color_spaces; i += quick ? 4 : 1) {
    const auto space = static_cast<views::ColorSpace>(i);
    for (const std::string_view channel : views::describe(space).channels) {
      all.push_back({space, std::string(channel)});
      if (quick) break;
    }
  }
  return all;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i], sy += y[i];
    sxx += x[i] * x[i], syy += y[i] * y[i], sxy += x[i] * y[i];
  }
  return (sxy - sx * sy / n) / std::sqrt((sxx - sx * sx / n) * (syy - sy * sy / n));
}

/// Of accuracy with what the channels do not share, the bound's negative, over the splits, seed by
/// seed.
information::ConfidenceInterval correlation_over_seeds(const advice::Notebook& notebook,
                                                       const std::vector<Split>& all) {
  std::map<std::int64_t, std::pair<std::vector<double>, std::vector<double>>> points;
  for (const Split& split : all) {
    for (const auto& [seed, bound] : advice::by_seed(notebook.rows(), split.key(), "bound_nats"))
      points[seed].first.push_back(-bound);
    for (const auto& [seed, accuracy] : advice::by_seed(notebook.rows(), split.key(), "probe_all"))
      points[seed].second.push_back(accuracy);
  }
  std::vector<double> correlations;
  for (const auto& [seed, xy] : points) correlations.push_back(correlation(xy.first, xy.second));
  return information::confidence_interval(correlations);
}

}  // namespace

void run_colours(advice::Notebook& notebook, const StudyOptions& options) {
  check_colour_recipe(options, "colours");
  const std::vector<Split> all = splits(options.quick);
  std::vector<advice::Setting> settings;
  for (const Split& split : all) {
    advice::Setting& setting =
        settings.emplace_back(advice::Setting{split.key(), short_recipe(options)});
    setting.recipe.views.split = views::ColorOptions{.space = split.space, .alone = split.alone};
  }
  advice::sweep(notebook, settings, sweep_options(options));

  advice::Figure figure{.name = "spaces",
                        .title = "Accuracy against what a colour space's channels share",
                        .x_label = "bound on I(v₁; v₂), bits, held out",
                        .y_label = "accuracy, %",
                        .series = {}};
  std::string text = fmt::format("{:24} {:>14} {:>14}", "views", "bits", "accuracy, %");
  for (const Split& split : all) {
    const auto over_seeds = [&](const char* column) {
      return advice::over_seeds(notebook.rows(), split.key(), column);
    };
    const information::ConfidenceInterval bound = over_seeds("bound_nats"),
                                          accuracy = over_seeds("probe_all");
    text += fmt::format(
        "\n  {:22} {:>14} {:>14}", fmt::format("{}: {} | others", split.space_name(), split.alone),
        advice::plus_minus(bound, 2, bits_per_nat), advice::plus_minus(accuracy, 1, 100));
    if (figure.series.empty() || figure.series.back().label != split.space_name())
      figure.series.push_back({.label = split.space_name(), .points = {}, .joined = false});
    advice::Point at = advice::point(bits_per_nat * bound.mean, accuracy, 100);
    at.label = split.alone;
    figure.series.back().points.push_back(at);
  }
  notebook.add_table(text);
  notebook.add(std::move(figure));
  const information::ConfidenceInterval found = correlation_over_seeds(notebook, all);
  constexpr double counts = 0.5;
  notebook.conclude(verdict_on_gains(
      "Over colour spaces and splits, accuracy rises as what the channels share falls.",
      fmt::format("over {} splits accuracy and the bound's negative correlate by {}, where {} or "
                  "more counts",
                  all.size(), advice::plus_minus(found, 2), counts),
      {found}, counts, 1));
}

}  // namespace cmc::studies
