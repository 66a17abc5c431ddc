#pragma once

#include <array>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/setup.h"
#include "cmc/training/generator_turn.h"
#include "cmc/views/visible_transform.h"

namespace cmc::runs {

/// The options of a recipe's learned views; null for any other views.
const views::LearnedOptions* learned_views(const recipe::Recipe& recipe);

/// Throws UsageError unless a recipe's views are learned and it contrasts as that needs: by the
/// k-pair loss of the batch, whose value bounds the information that the generator minimises.
void check_learnable(const recipe::Recipe& recipe);

/// How the generator of a set-up's learned views is trained, with the labels that it sees, drawn by
/// `seed`; nothing where views are not learned. Throws Error where it should see labels and there
/// are none.
training::GeneratorOptions generator_options(const Setup& setup, std::uint64_t seed);

/// `transform` with the views as the encoders' generator makes them: the first as a grey, the
/// second's two channels as a colour of constant lightness. `transform` itself where views are not
/// learned.
std::shared_ptr<const views::VisibleTransform> as_generated(
    std::shared_ptr<const views::VisibleTransform> transform,
    const std::vector<encoders::Encoder>& encoders);

/// What a channel that a generator makes is of R, G and B.
struct LearnedAxis {
  std::string view;
  std::array<double, 3> rgb = {};  ///< of the linear fit, per unit of R', G' and B' in [0, 1]
  double explained = 0;            ///< R² of that fit: 1 where the channel is linear in them
};

/// Of each of the three channels, by least squares over the pixels of at most 64 samples at even
/// distances, as evaluation shows them. Empty where views are not learned.
std::vector<LearnedAxis> learned_axes(const data::Dataset& samples, const Setup& setup,
                                      const std::vector<encoders::Encoder>& encoders);

/// As a run's record keeps them.
nlohmann::json to_json(const std::vector<LearnedAxis>& axes);
std::vector<LearnedAxis> learned_axes_from_json(const nlohmann::json& content);

}  // namespace cmc::runs
