#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cmc/advice/sweep.h"
#include "cmc/error.h"
#include "cmc/recipe/contrast_keys.h"
#include "studies/outcomes.h"
#include "studies/study_recipe.h"
#include "studies/with_views.h"

// Claim (Tian et al. 2019, arXiv 1906.05849, section 3.3 and its experiment with more views): the
// more views a view is contrasted with, the better its encoder. What counts, pre-registered: 0.5
// points of accuracy of one view's encoder, trained with all views, over the same trained with two,
// in each graph. Below what counts the claim does not hold. Five seeds: 0.4 points of deviation of
// a difference between seeds give an interval of ± 0.5. The budget is the recipe's, the same number
// of steps for every number of views.

namespace cmc::studies {
namespace {

using nlohmann::json;

constexpr double least_accuracy = 0.005;  // that counts

/// The views of one recipe that are added one by one, the one that is judged in front.
struct Family {
  std::string name;
  recipe::Recipe recipe;
  std::vector<std::string> views;
  std::vector<std::size_t> order;  ///< places in the recipe's own order
  std::vector<std::int64_t> counts;

  json key(recipe::GraphKind graph, std::int64_t count) const {
    return {{"family", name}, {"graph", name_of(recipe::graphs, graph)}, {"views", count}};
  }
  std::string column() const { return "probe_" + views.front(); }
};

Family family_of(const std::string& name, const recipe::Recipe& recipe) {
  Family family{.name = name, .recipe = recipe, .views = {}, .order = {}, .counts = {}};
  const runs::Setup setup = runs::set_up(recipe);
  const std::vector<data::ViewShape>& views = setup.train_transform->views();
  check(views.size() >= 3, "the study of views adds views: {} makes only {}", name, views.size());
  family.order.resize(views.size());
  std::iota(family.order.begin(), family.order.end(), 0);
  const std::string& core = recipe.contrast.core;
  std::ranges::stable_partition(family.order, [&](std::size_t v) { return views[v].name == core; });
  for (const std::size_t v : family.order) family.views.push_back(views[v].name);
  const auto all = static_cast<std::int64_t>(views.size());
  for (const std::int64_t count : {2, 3, 4, 6})
    if (count < all) family.counts.push_back(count);
  family.counts.push_back(all);
  return family;
}

std::vector<advice::Setting> settings_of(const Family& family) {
  std::vector<advice::Setting> settings;
  for (const recipe::GraphKind graph : {recipe::GraphKind::core, recipe::GraphKind::full}) {
    for (const std::int64_t count : family.counts) {
      advice::Setting& setting =
          settings.emplace_back(advice::Setting{family.key(graph, count), family.recipe});
      setting.recipe.contrast.graph = graph;
      setting.recipe.contrast.core = family.views.front();
    }
  }
  return settings;
}

void run_family(advice::Notebook& notebook, const StudyOptions& options, const Family& family) {
  advice::SweepOptions sweeping = sweep_options(options);
  sweeping.set_up = [&, whole = sweeping.set_up](const advice::Setting& setting) {
    const auto count = setting.key.at("views").get<std::ptrdiff_t>();
    return with_views(whole(setting), {family.order.begin(), family.order.begin() + count});
  };
  sweeping.judge = [&](const advice::Setting&, advice::Trained& trained, const runs::Setup& setup) {
    const advice::HeldOutFeatures features =
        advice::judged_features(trained.encoders, setup.data, setup.evaluate_transform);
    json values = advice::shared_information(features);
    values[family.column()] = advice::probe_view(features, 0);
    return values;
  };
  advice::sweep(notebook, settings_of(family), sweeping);

  const std::string& view = family.views.front();
  const std::int64_t most = family.counts.back();
  advice::Figure figure{
      .name = family.name,
      .title = fmt::format("{}: one view's encoder as views are added", family.name),
      .x_label = "views in training",
      .y_label = fmt::format("accuracy of {}'s encoder, %", view),
      .series = {}};
  for (const recipe::GraphKind graph : {recipe::GraphKind::core, recipe::GraphKind::full}) {
    advice::Series& series = figure.series.emplace_back();
    series.label = fmt::format("{} graph", name_of(recipe::graphs, graph));
    for (const std::int64_t count : family.counts)
      series.points.push_back(advice::point(
          static_cast<double>(count),
          advice::over_seeds(notebook.rows(), family.key(graph, count), family.column()), 100));
    const json all = family.key(graph, most), two = family.key(graph, 2);
    const auto gain = advice::difference(notebook.rows(), all, two, family.column());
    notebook.conclude(verdict_on_gains(
        fmt::format("{}: {}'s encoder gets better as views are added ({} graph).", family.name,
                    view, name_of(recipe::graphs, graph)),
        fmt::format(
            "with {} views {} points of accuracy more than with 2 ({} % against {} %), where {} "
            "count",
            most, advice::plus_minus(gain, 2, 100),
            advice::plus_minus(advice::over_seeds(notebook.rows(), all, family.column()), 2, 100),
            advice::plus_minus(advice::over_seeds(notebook.rows(), two, family.column()), 2, 100),
            100 * least_accuracy),
        {gain}, least_accuracy, 100));
  }
  notebook.add(std::move(figure));
}

}  // namespace

void run_views(advice::Notebook& notebook, const StudyOptions& options) {
  StudyOptions pictures = options;
  pictures.recipe.reset();
  recipe::Recipe quadrants = short_recipe(pictures);
  quadrants.views.split = views::QuadrantsOptions{};
  run_family(notebook, pictures, family_of("quadrants", quadrants));
  if (options.recipe)
    run_family(notebook, options, family_of(options.recipe->name, short_recipe(options)));
}

}  // namespace cmc::studies
