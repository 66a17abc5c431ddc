#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/setup.h"
#include "cmc/training/observer.h"

namespace cmc::advice {

/// What a short training left.
struct Trained {
  std::vector<encoders::Encoder> encoders;
  double seconds = 0;
  /// What was measured on the way: values of the row.
  nlohmann::json measured = nlohmann::json::object();
};

/// TrainOptions::checkpoint_steps of a training that leaves none on its way.
inline constexpr std::int64_t no_checkpoints = 1'000'000'000;

/// The recipe with a budget of `steps`. What is counted in steps is fitted in: the warm-up takes at
/// most a tenth of them, a schedule of τ ends with them. Checkpoints are left out.
recipe::Recipe shortened(const recipe::Recipe& recipe, std::int64_t steps);

/// The recipe's views of `train` samples of the training part and `held_out` of the test part, at
/// even distances.
runs::Setup short_setup(const recipe::Recipe& recipe, std::int64_t train, std::int64_t held_out);

/// The model that `seed` draws for the recipe.
training::Model short_model(const recipe::Recipe& recipe, const runs::Setup& setup,
                            std::int64_t seed);

/// Trains a model on setup.data.train by the recipe's contrast, with draws of `seed`. No checkpoint
/// is kept, and nothing is measured on the way but what `observer` does.
Trained train_short(training::Model model, const recipe::Recipe& recipe, const runs::Setup& setup,
                    std::int64_t seed, std::shared_ptr<training::Observer> observer = nullptr);

}  // namespace cmc::advice
