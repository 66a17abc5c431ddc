#include <filesystem>

#include "app/commands.h"
#include "app/progress.h"
#include "cmc/draft/draft.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"

namespace cmc::app {
namespace {

struct Options {
  std::string data;
  std::string output;
  std::string label;
  bool force = false;
};

/// Whether a recipe lies elsewhere than the folder that it is written from.
bool is_elsewhere(const std::filesystem::path& recipe) {
  std::error_code ignored;
  return recipe.has_parent_path() &&
         !std::filesystem::equivalent(recipe.parent_path(), ".", ignored);
}

void init(const Options& options) {
  if (!options.output.empty()) {
    if (std::filesystem::exists(options.output) && !options.force)
      throw UsageError(fmt::format("{}: exists; --force replaces it", options.output));
    files::check_writable(options.output);
  }
  const draft::Draft draft = draft::draft(
      options.data, {.label = options.label, .absolute = is_elsewhere(options.output)});
  for (const std::string& line : draft::guesses(draft)) StatusLine::print(line);
  if (options.output.empty()) {
    fmt::print("{}", draft::to_toml(draft));
    return;
  }
  files::write_atomically(options.output, draft::to_toml(draft));
  StatusLine::print(fmt::format("{}; next: cmc train {}", options.output, options.output));
}

}  // namespace

void add_init(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "init",
      "Write a recipe for data by its look: pictures, sounds, series, texts, tables, arrays");
  command
      ->add_option(
          "data", options->data,
          "A folder of pictures or sounds, of IDX, CIFAR or STL-10, a CSV, TSV, JSON-lines "
          "or NumPy file, or a pattern of file names such as \"{word}_{speaker}.wav\"")
      ->required()
      ->always_capture_default(false);
  command->add_option("--output", options->output, "The recipe's file (it is printed unless given)")
      ->always_capture_default(false);
  command->add_option("--label", options->label, "The column of the labels (guessed unless given)")
      ->type_name("COLUMN")
      ->always_capture_default(false);
  command->add_flag("--force", options->force, "Replace a file that exists");
  command->callback([options] { init(*options); });
}

}  // namespace cmc::app
