#include "cmc/runs/trained_run.h"

#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/parallel.h"

namespace cmc::runs {

std::string difference(const RunFolder& run, const data::Splits& data) {
  const std::int64_t train = run.info().value("train_samples", data.train->size());
  const std::int64_t test = run.info().value("test_samples", data.test->size());
  if (train == data.train->size() && test == data.test->size()) return "";
  return fmt::format(
      "the data has {} samples to train and {} held out, where the run was trained with {} and {}: "
      "it is other data, or has changed",
      data.train->size(), data.test->size(), train, test);
}

TrainedRun open_trained_run(const std::filesystem::path& path, const TrainedRunOptions& options) {
  RunFolder run = RunFolder::open_to_write(path);
  check(run.info().value("finished", false) || options.checkpoint != "last",
        "{} is not finished; resume it with `cmc train --resume {}`", path.string(), path.string());
  recipe::Recipe recipe = run.with_data(options.data);
  if (!options.label.empty()) {
    check(!recipe.data.manifest.manifest.empty(),
          "--label names a column of a manifest, and this run's data is not a manifest");
    recipe.data.manifest.label = options.label;
  }
  set_threads(static_cast<int>(recipe.train.threads));
  Setup setup = set_up(recipe, path);
  std::vector<std::string> notes;
  if (std::string note = difference(run, setup.data); !note.empty())
    notes.push_back(std::move(note));
  // The checkpoint holds every weight: what the encoders started from need not be there any more.
  training::Model model = make_model(recipe, setup.without_weights());
  const std::int64_t steps = run.load(model, options.checkpoint);
  const at::Device device = training::training_device(recipe.train.device);
  model->to(device);
  const bool bfloat16 = training::uses_bfloat16(recipe.train.precision, device);
  return {std::move(run), std::move(setup), std::move(model), steps,
          device,         bfloat16,         std::move(notes)};
}

}  // namespace cmc::runs
