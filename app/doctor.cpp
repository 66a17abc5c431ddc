#include "cmc/advice/doctor/doctor.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "cmc/report/doctor_summary.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  JsonOutput json;
};

void doctor(const Options& options) {
  options.json.check_writable();
  const advice::Diagnosis diagnosis =
      advice::diagnose(advice::run_figures(runs::RunFolder::open(options.run)));
  deliver({[&] { options.json.write(advice::to_json(diagnosis)); },
           [&] {
             if (!options.json.is_printed()) fmt::print("{}", report::doctor_summary(diagnosis));
           }});
}

}  // namespace

void add_doctor(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "doctor", "Say what is wrong with a run, by what its folder holds, and what to change");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  options->json.add_option(*command, "the findings");
  command->callback([options] { doctor(*options); });
}

}  // namespace cmc::app
