#include "cmc/report/report.h"

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/png.h"
#include "app/run_lock.h"
#include "cmc/data/atomic_file.h"
#include "cmc/error.h"
#include "cmc/report/summary.h"
#include "cmc/training/run_folder.h"
#include "cmc/views/sheet.h"

namespace cmc::app {
namespace {

constexpr std::int64_t sheet_samples = 8;

struct Options {
  std::string run;
  std::string output;
};

std::size_t view_index(const data::Transform& transform, const std::string& name) {
  for (std::size_t v = 0; v < transform.views().size(); ++v)
    if (transform.views()[v].name == name) return v;
  fail("the recipe makes no view \"{}\"", name);
}

void report(const Options& options) {
  const training::RunFolder run = training::RunFolder::open(options.run);
  const std::filesystem::path output =
      options.output.empty() ? run.path() / "report.html" : std::filesystem::path(options.output);
  data::check_writable(output);
  const auto lock = lock_where_inside(run.path(), output);
  report::ReportInput input = report::read_run(run.path());
  training::Recipe recipe = run.recipe();
  if (input.evaluation.is_object())  // what was judged by another column is shown by it
    if (const std::string label = input.evaluation.value("label", ""); !label.empty())
      recipe.data.manifest.label = label;
  const training::Setup setup = training::set_up(recipe, run.path());
  // Without a test part the training part was judged, by cross-validation.
  const data::Dataset& test = setup.data.test->size() > 0 ? *setup.data.test : *setup.data.train;

  std::vector<std::int64_t> shown;
  for (std::int64_t i = 0; i < std::min(sheet_samples, test.size()); ++i) shown.push_back(i);
  const views::VisibleTransform& transform = *setup.evaluate_transform;
  input.views_sheet = png(views::sheet(test, transform, shown));
  input.thumbnail = [&](std::int64_t index, const std::string& view) {
    return png(views::view_of(transform, test.get(index), view_index(transform, view)));
  };
  input.label = [&](std::int64_t index) { return test.label(index); };

  deliver({[&] {
             if (!input.evaluation.is_null()) fmt::print("{}\n", report::summary(input.evaluation));
           },
           [&] {
             data::write_atomically(output, report::render(input));
             fmt::print("{}\n", output.string());
           }});
}

}  // namespace

void add_report(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("report", "Write a run's report, one HTML file");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  command->add_option("--output", options->output, "The HTML file (RUN/report.html unless given)")
      ->always_capture_default(false);
  command->callback([options] { report(*options); });
}

}  // namespace cmc::app
