#include <algorithm>

#include "app/commands.h"
#include "app/picture_file.h"
#include "app/shipped_recipes.h"
#include "cmc/data/joined.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/setup.h"
#include "cmc/runs/trained_run.h"
#include "cmc/views/png.h"
#include "cmc/views/sheet.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::vector<std::string> set;
  std::string output;
  std::int64_t samples = 8;
  std::vector<std::int64_t> rows;
  bool augmented = false;
  bool force = false;
};

/// What is drawn: a recipe's views, or those of a run, whose generator may have learned them.
struct Drawn {
  recipe::Recipe recipe;
  runs::Setup setup;
  std::shared_ptr<const cmc::views::VisibleTransform> transform;
};

Drawn of_recipe(const Options& options) {
  recipe::Recipe recipe = recipe::read_recipe(find_recipe(options.recipe), options.set);
  runs::find_beside(recipe, find_recipe(options.recipe));
  runs::Setup setup = runs::set_up(recipe);
  auto transform = options.augmented ? setup.train_transform : setup.evaluate_transform;
  return {std::move(recipe), std::move(setup), std::move(transform)};
}

Drawn of_run(const Options& options) {
  if (!options.set.empty())
    throw UsageError("--set changes a recipe: a run's views are drawn as it was trained");
  runs::TrainedRun trained = runs::open_trained_run(options.recipe, {.to_write = false});
  const auto transform =
      options.augmented ? trained.setup.train_transform : trained.setup.evaluate_transform;
  return {trained.recipe(), trained.setup, runs::as_generated(transform, trained.model->encoders)};
}

void views(const Options& options) {
  const auto [recipe, setup, transform] =
      std::filesystem::is_directory(options.recipe) ? of_run(options) : of_recipe(options);
  const std::filesystem::path output =
      picture_file(options.output, options.force, recipe.name, "views");
  std::shared_ptr<const data::Dataset> shown = setup.data.train;
  std::vector<std::int64_t> indices = permutation(
      shown->size(),
      RandomStream(RandomPurpose::shown_samples, static_cast<std::uint64_t>(recipe.seed)));
  indices.resize(static_cast<std::size_t>(std::min(options.samples, shown->size())));
  if (!options.rows.empty()) {
    shown = data::joined(setup.data.train, setup.data.test);  // by row
    indices = options.rows;
    for (const std::int64_t row : indices)
      if (row < 0 || row >= shown->size())
        throw UsageError(
            fmt::format("--sample {}: the data has the rows 0 to {}", row, shown->size() - 1));
  }
  const cv::Mat sheet = cmc::views::sheet(*shown, *transform, indices);
  files::write_atomically(output, cmc::views::png(sheet));
  fmt::print("{}\n", output.string());
}

}  // namespace

void add_views(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "views", "Draw what each view of some samples looks like (a PNG sheet)");
  command
      ->add_option("recipe", options->recipe,
                   "A recipe's file, the name of one that ships, or a run's folder")
      ->required()
      ->always_capture_default(false);
  add_overrides(*command, options->set);
  command
      ->add_option(
          "--output", options->output,
          "The PNG file (runs/NAME-views.png unless given, with a number where that is there)")
      ->always_capture_default(false);
  command->add_flag("--force", options->force, "Replace a PNG file that exists");
  command->add_option("--samples", options->samples, "Number of samples")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--sample", options->rows,
                   "This row of the data (from 0), in place of some of the training part; may be "
                   "repeated")
      ->allow_extra_args(false)
      ->always_capture_default(false);
  command->add_flag("--augmented", options->augmented, "Augmented, as training sees them");
  command->callback([options] { views(*options); });
}

}  // namespace cmc::app
