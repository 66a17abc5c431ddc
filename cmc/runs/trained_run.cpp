#include "cmc/runs/trained_run.h"

#include <ATen/ATen.h>

#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/parallel.h"

namespace cmc::runs {
namespace {

constexpr const char* judges_best =
    "the weights are checkpoint-best's: held-out samples got worse after it (--checkpoint last: "
    "those of the last step)";

}  // namespace

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
  RunFolder run = options.to_write ? RunFolder::open_to_write(path) : RunFolder::open(path);
  const std::string name =
      options.checkpoint == judged_checkpoint ? run.judged_checkpoint() : options.checkpoint;
  check(run.finished() || name != "last",
        "{} is not finished; resume it with `cmc train --resume {}`", path.string(), path.string());
  recipe::Recipe recipe = run.with_data(options.data);
  if (!options.label.empty()) {
    check(!recipe.data.manifest.manifest.empty(),
          "--label names a column of a manifest, and this run's data is not a manifest");
    recipe.data.manifest.label = options.label;
  }
  // Whose positives samples are matters in training alone: other data may lack these labels.
  recipe.contrast.positives.clear();
  if (auto* learned = std::get_if<views::LearnedOptions>(&recipe.views.split))
    learned->labelled = 0;
  set_threads(static_cast<int>(recipe.train.threads));
  Setup setup = set_up(recipe, run);
  std::vector<std::string> notes;
  if (std::string note = difference(run, setup.data); !note.empty())
    notes.push_back(std::move(note));
  if (options.checkpoint == judged_checkpoint && name == "best") notes.push_back(judges_best);
  // The checkpoint holds every weight: what the encoders started from need not be there any more.
  training::Model model = make_model(recipe, setup.without_weights());
  training::Checkpoint checkpoint = run.checkpoint(name);
  std::erase_if(checkpoint.model, [](const auto& entry) {
    return entry.first.starts_with(training::ModelImpl::classifier_prefix);
  });
  model->load_state(checkpoint.model);
  const at::Device device = find_device(recipe.train.device);
  model->to(device);
  return {.run = std::move(run),
          .setup = std::move(setup),
          .model = std::move(model),
          .checkpoint = name,
          .label = options.label,
          .steps = checkpoint.position.step,
          .device = device,
          .bfloat16 = uses_bfloat16(recipe.train.precision, device),
          .notes = std::move(notes)};
}

}  // namespace cmc::runs
