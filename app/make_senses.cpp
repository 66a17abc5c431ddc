#include <fmt/core.h>

#include "cmc/data/make_senses.h"

#include <cmath>
#include <numbers>

#include "app/commands.h"
#include "app/progress.h"

namespace cmc::app {

void add_make_senses(CLI::App& program) {
  struct Options {
    std::string folder = "senses";
    data::MakeSensesOptions make;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "make-senses",
      "Write a synthetic data set of pictures, sounds and tables that share a known information");
  command->add_option("folder", options->folder, "The folder");
  command->add_option("--samples", options->make.samples, "Number of samples")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--test", options->make.test_samples, "Number of samples in the test part")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--seed", options->make.seed, "Seed of every random draw");
  command->callback([options] {
    Progress progress;
    options->make.progress = [&](double share) { progress.show("writing", share); };
    data::make_senses(options->folder, options->make);
    progress.clear();
    fmt::print("{}/senses.csv: each pair of views shares {:.3f} nats ({:.3f} bits)\n",
               options->folder, data::senses_information(),
               data::senses_information() / std::numbers::ln2);
  });
}

}  // namespace cmc::app
