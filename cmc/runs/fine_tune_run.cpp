#include "cmc/runs/fine_tune_run.h"

namespace cmc::runs {

evaluation::FineTuneResult fine_tune(TrainedRun& trained, evaluation::FineTuneOptions options) {
  const recipe::Recipe& recipe = trained.recipe();
  const Setup& setup = trained.setup;
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.device = trained.device;
  options.bfloat16 = trained.bfloat16;
  options.workers = static_cast<int>(recipe.train.workers);
  return evaluation::fine_tune(trained.model->encoders, setup.data.train, setup.data.test,
                               setup.train_transform, setup.evaluate_transform, options);
}

std::filesystem::path keep_fine_tuned(TrainedRun& trained) {
  return trained.run.save(
      training::Checkpoint{.position = {.step = trained.steps}, .model = trained.model->state()},
      "finetuned");
}

}  // namespace cmc::runs
