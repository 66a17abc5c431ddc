#include <fmt/format.h>

#include "studies/first_views.h"
#include "studies/sweep.h"

namespace cmc::studies {
namespace {

using nlohmann::json;

constexpr const char* measured = "probe_top-left";

json key_of(const std::string& graph, std::int64_t views) {
  return {{"graph", graph}, {"views", views}};
}

void measure(Notebook& notebook, const StudyOptions& options, const std::string& graph,
             std::int64_t views, std::int64_t seed) {
  training::Recipe recipe = short_recipe(options);
  recipe.views.split = views::QuadrantsOptions{};
  recipe.contrast.graph = graph;
  recipe.contrast.core = "top-left";
  json key = key_of(graph, views);
  key.update(
      {{"seed", seed}, {"samples", training_samples(options)}, {"epochs", recipe.train.epochs}});
  notebook.row(key, [&] {
    training::TrainingData data =
        short_data(recipe, training_samples(options), held_out_samples(options));
    const auto count = static_cast<std::size_t>(views);
    data.train_transform = std::make_shared<FirstViews>(data.train_transform, count);
    data.evaluate_transform = std::make_shared<FirstViews>(data.evaluate_transform, count);
    Trained trained = train_short(recipe, data, seed, notebook.folder());
    json values = judge(trained.encoders, data);
    values["seconds"] = trained.seconds;
    return values;
  });
}

}  // namespace

void run_views(Notebook& notebook, const StudyOptions& options) {
  for (std::int64_t seed = 1; seed <= options.seed_count(); ++seed)
    for (const char* graph : {"core", "full"})
      for (std::int64_t views = 2; views <= 4; ++views)
        measure(notebook, options, graph, views, seed);
  Figure figure{.name = "accuracy",
                .title = "One quadrant's encoder as views are added",
                .x_label = "views in training",
                .y_label = "accuracy of the top-left encoder, %",
                .series = {}};
  for (const char* graph : {"core", "full"}) {
    Series& series = figure.series.emplace_back();
    series.label = fmt::format("{} graph", graph);
    for (std::int64_t views = 2; views <= 4; ++views)
      series.points.push_back(point(static_cast<double>(views),
                                    over_seeds(notebook.rows(), key_of(graph, views), measured),
                                    100));
    const auto gain = difference(notebook.rows(), key_of(graph, 4), key_of(graph, 2), measured);
    notebook.conclude(
        {fmt::format("One view's encoder gets better as views are added ({} graph).", graph),
         fmt::format("with 4 views {} points of accuracy more than with 2",
                     plus_minus(gain, 2, 100)),
         positive(gain)});
  }
  notebook.add(figure);
}

}  // namespace cmc::studies
