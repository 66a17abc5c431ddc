#include "cmc/advice/short_training.h"

#include <algorithm>
#include <atomic>

#include "cmc/data/subset.h"
#include "cmc/runs/learned_views.h"
#include "cmc/training/trainer.h"

namespace cmc::advice {
recipe::Recipe shortened(const recipe::Recipe& recipe, std::int64_t steps) {
  recipe::Recipe result = recipe;
  result.train.steps = steps;
  result.train.schedule.warmup_steps = std::min(recipe.train.schedule.warmup_steps, steps / 10);
  result.contrast.temperature_steps = std::min(recipe.contrast.temperature_steps, steps);
  for (recipe::PairEntry& pair : result.contrast.pair)
    pair.contrast.temperature_steps = std::min(pair.contrast.temperature_steps, steps);
  result.train.checkpoint_steps = no_checkpoints;
  return result;
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
                             .evaluate_transform = setup.evaluate_transform,
                             .generator = runs::generator_options(setup, seed)},
                            recipe.train, static_cast<std::uint64_t>(seed));
  if (observer) trainer.add(std::move(observer));
  const std::atomic<bool> stop = false;
  trainer.run(stop);
  return {.encoders = model->encoders, .seconds = trainer.seconds()};
}

}  // namespace cmc::advice
