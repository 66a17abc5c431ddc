#include "cmc/runs/evaluate_run.h"

#include <fmt/format.h>

#include <filesystem>

#include "cmc/runs/judged_views.h"
#include "cmc/runs/kept_pictures.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/positives.h"

namespace cmc::runs {
namespace {

/// The file that one of the encoders started from and that is not there any more; empty for none.
std::string lost_weights(const Setup& setup) {
  for (const encoders::EncoderOptions& encoder : setup.encoders)
    if (!encoder.weights.empty() && !std::filesystem::exists(encoder.weights))
      return encoder.weights;
  return "";
}

}  // namespace

evaluation::Evaluation evaluate(const TrainedRun& trained, evaluation::EvaluateOptions options) {
  const recipe::Recipe& recipe = trained.recipe();
  const Setup& setup = trained.setup;
  const evaluation::EncodedViews judged = judged_views(setup, trained.model->encoders);
  std::uint64_t fresh = 0;
  const auto make_fresh = [&] {
    return judged_views(setup, make_encoders(recipe, setup, ++fresh)).encoders;
  };
  evaluation::EvaluateInput input{
      .encoders = judged.encoders,
      .make_fresh = make_fresh,
      .train = setup.data.train,
      .test = setup.data.test,
      .evaluation_transform = judged.transform,
      .training_transform = judged_training_views(setup),
      .contrasted = evaluation::EncodedViews{trained.model->encoders, setup.measuring_transform()},
      .steps = trained.steps,
      .batch_size = recipe.train.batch_size,
      .trained_in_bfloat16 = trained.bfloat16};
  const std::string lost = lost_weights(setup);
  if (!lost.empty()) input.make_fresh = nullptr;
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.device = trained.device;
  options.workers = static_cast<int>(recipe.train.workers);
  evaluation::Evaluation result = evaluation::evaluate(input, options);
  result.label = trained.label;
  result.checkpoint = trained.checkpoint;
  if (std::string note = supervision_note(recipe); !note.empty())
    result.notes.insert(result.notes.begin(), std::move(note));
  if (!lost.empty())
    result.notes.push_back(
        fmt::format("{}, which the encoders started from, is missing: untrained and "
                    "supervised features are not evaluated.",
                    lost));
  return result;
}

void keep_pictures(const TrainedRun& trained, const evaluation::Evaluation& evaluation) {
  if (!is_reported(evaluation)) return;
  const Setup& setup = trained.setup;
  if (const std::string sheet = draw_views(setup.data, *setup.evaluate_transform); !sheet.empty())
    trained.run.save_views_sheet(sheet);
  trained.run.save(draw_neighbours(
      evaluation, setup.data, *as_generated(setup.evaluate_transform, trained.model->encoders)));
}

}  // namespace cmc::runs
