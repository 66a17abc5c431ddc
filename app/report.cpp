#include "cmc/report/report.h"

#include "app/commands.h"
#include "app/deliver.h"
#include "app/run_lock.h"
#include "cmc/files/atomic_file.h"
#include "cmc/report/summary.h"
#include "cmc/runs/run_folder.h"

namespace cmc::app {
namespace {

struct Options {
  std::string run;
  std::string output;
};

void report(const Options& options) {
  const runs::RunFolder run = runs::RunFolder::open(options.run);
  const std::filesystem::path output =
      options.output.empty() ? run.report_file() : std::filesystem::path(options.output);
  files::check_writable(output);
  const auto lock = lock_where_inside(run.path(), output);
  const report::ReportInput input = report::report_input(run);
  deliver({[&] {
             if (input.evaluation) fmt::print("{}\n", report::summary(*input.evaluation));
           },
           [&] {
             files::write_atomically(output, report::render(input));
             fmt::print("{}\n", output.string());
           }});
}

}  // namespace

void add_report(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "report", "Write a run's report, one HTML file, from the run's folder alone");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  command->add_option("--output", options->output, "The HTML file (RUN/report.html unless given)")
      ->always_capture_default(false);
  command->callback([options] { report(*options); });
}

}  // namespace cmc::app
