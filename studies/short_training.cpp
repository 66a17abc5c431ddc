#include "studies/short_training.h"

#include <algorithm>
#include <atomic>

#include "cmc/data/subset.h"
#include "cmc/training/trainer.h"

namespace cmc::studies {
namespace {

constexpr std::int64_t never = 1'000'000'000;

}  // namespace

std::int64_t training_samples(const StudyOptions& options) {
  return options.quick ? 2000 : 10000;
}

std::int64_t held_out_samples(const StudyOptions& options) {
  return options.quick ? 1000 : 5000;
}

recipe::Recipe shortened(const recipe::Recipe& recipe, std::int64_t steps) {
  recipe::Recipe result = recipe;
  result.train.steps = steps;
  result.train.schedule.warmup_steps = std::min(recipe.train.schedule.warmup_steps, steps / 10);
  result.contrast.temperature_steps = std::min(recipe.contrast.temperature_steps, steps);
  result.train.checkpoint_steps = never;
  return result;
}

recipe::Recipe short_recipe(const StudyOptions& options) {
  if (options.recipe) {
    recipe::Recipe recipe = options.quick ? shortened(*options.recipe, 20) : *options.recipe;
    recipe.train.checkpoint_steps = never;
    return recipe;
  }
  recipe::Recipe recipe;
  recipe.data = {.format = "idx", .root = options.images.string()};
  recipe.views = {.split = views::HalvesOptions{},
                  .normalization = {.mean = {0.286}, .deviation = {0.353}}};
  recipe.encoder = {.channels = {16, 32, 64},
                    .convolutions = 1,
                    .strides = {2, 2, 1},
                    .downsample = "stride",
                    .pooled_grid = 2,
                    .hidden_dim = 256,
                    .embedding_dim = 64};
  recipe.contrast.temperature = 0.1;
  recipe.contrast.negatives = "batch";  // a bank's vectors would be renewed but eight times
  recipe.train.epochs = options.quick ? 2 : 8;
  recipe.train.batch_size = 256;
  recipe.train.optimizer.learning_rate = 2e-3;
  recipe.train.schedule.warmup_steps = options.quick ? 2 : 20;
  recipe.train.checkpoint_steps = never;
  return recipe;
}

runs::Setup short_setup(const recipe::Recipe& recipe, std::int64_t train, std::int64_t held_out) {
  runs::Setup setup = runs::set_up(recipe);
  setup.data.train = data::spread(setup.data.train, train);
  setup.data.test = data::spread(setup.data.test, held_out);
  return setup;
}

training::Model short_model(const recipe::Recipe& recipe, const runs::Setup& setup,
                            std::int64_t seed) {
  recipe::Recipe seeded = recipe;
  seeded.seed = seed;
  return runs::make_model(seeded, setup);
}

Trained train_short(training::Model model, const recipe::Recipe& recipe, const runs::Setup& setup,
                    std::int64_t seed, std::shared_ptr<training::Observer> observer) {
  training::Trainer trainer(model,
                            {.train = setup.data.train,
                             .held_out = nullptr,
                             .train_transform = setup.train_transform,
                             .evaluate_transform = setup.evaluate_transform},
                            recipe.train, static_cast<std::uint64_t>(seed));
  if (observer) trainer.add(std::move(observer));
  const std::atomic<bool> stop = false;
  trainer.run(stop);
  return {.encoders = model->encoders, .seconds = trainer.seconds()};
}

}  // namespace cmc::studies
