#include <algorithm>

#include "app/commands.h"
#include "app/picture_file.h"
#include "app/shipped_recipes.h"
#include "cmc/data/joined.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/runs/recipe_paths.h"
#include "cmc/runs/setup.h"
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

void views(const Options& options) {
  recipe::Recipe recipe = recipe::read_recipe(find_recipe(options.recipe), options.set);
  const std::filesystem::path output =
      picture_file(options.output, options.force, recipe.name, "views");
  runs::find_beside(recipe, find_recipe(options.recipe));
  const runs::Setup setup = runs::set_up(recipe);
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
  const cv::Mat sheet = cmc::views::sheet(
      *shown, options.augmented ? *setup.train_transform : *setup.evaluate_transform, indices);
  files::write_atomically(output, cmc::views::png(sheet));
  fmt::print("{}\n", output.string());
}

}  // namespace

void add_views(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "views", "Draw what each view of some samples looks like (a PNG sheet)");
  command->add_option("recipe", options->recipe, "A recipe's file, or the name of one that ships")
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
