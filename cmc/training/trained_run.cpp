#include "cmc/training/trained_run.h"

#include <ATen/ATen.h>

#include "cmc/error.h"
#include "cmc/parallel.h"

namespace cmc::training {

TrainedRun open_trained_run(const std::filesystem::path& path, const std::string& checkpoint,
                            const std::string& label) {
  RunFolder run = RunFolder::open(path);
  check(run.info().value("finished", false) || checkpoint != "last",
        "{} is not finished; go on with `cmc train --resume {}`", path.string(), path.string());
  Recipe recipe = run.recipe();
  if (!label.empty()) {
    check(!recipe.data.manifest.manifest.empty(),
          "--label names a column of a manifest, and this run's data is none");
    recipe.data.manifest.label = label;
  }
  set_threads(static_cast<int>(recipe.train.threads));
  Setup setup = set_up(recipe, path);
  Model model = make_model(recipe, setup.without_weights());
  const std::int64_t steps = run.load(model, checkpoint);
  const at::Device device = training_device(recipe.train.device);
  model->to(device);
  const bool bfloat16 = uses_bfloat16(recipe.train.precision, device);
  return {std::move(run), std::move(setup), std::move(model), steps, device, bfloat16};
}

}  // namespace cmc::training
