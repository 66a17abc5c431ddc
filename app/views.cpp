#include "app/commands.h"
#include "app/picture_file.h"
#include "app/png.h"
#include "app/shipped_recipes.h"
#include "cmc/data/atomic_file.h"
#include "cmc/error.h"
#include "cmc/training/run_folder.h"
#include "cmc/views/sheet.h"

namespace cmc::app {
namespace {

struct Options {
  std::string recipe;
  std::vector<std::string> set;
  std::string output;
  std::int64_t samples = 8;
  bool augmented = false;
  bool force = false;
};

void views(const Options& options) {
  const training::Recipe recipe = training::read_recipe(find_recipe(options.recipe), options.set);
  const std::filesystem::path output =
      picture_file(options.output, options.force, recipe.name, "views");
  const training::Setup setup = training::set_up(recipe);
  const data::Dataset& train = *setup.data.train;
  const std::vector<std::int64_t> order =
      permutation(train.size(), RandomStream(static_cast<std::uint64_t>(recipe.seed)));
  const auto count = std::min<std::int64_t>(options.samples, train.size());
  const cv::Mat sheet = cmc::views::sheet(
      train, options.augmented ? *setup.train_transform : *setup.evaluate_transform,
      {order.begin(), order.begin() + count});
  data::write_atomically(output, png(sheet));
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
  command->add_option("--samples", options->samples, "How many samples")->check(CLI::Range(1, 100));
  command->add_flag("--augmented", options->augmented, "As training sees them, augmented");
  command->callback([options] { views(*options); });
}

}  // namespace cmc::app
