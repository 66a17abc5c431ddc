#include "studies/study_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "cmc/advice/fingerprint.h"
#include "cmc/error.h"

namespace cmc::studies {

void check_colour_recipe(const StudyOptions& options, std::string_view study) {
  if (options.recipe && std::holds_alternative<views::ColorOptions>(options.recipe->views.split))
    return;
  throw UsageError(
      fmt::format("{} needs pictures in colour, which no package ships: give a recipe of colour "
                  "views, such as --recipe cifar10-lab --set data.root='\"FOLDER\"'",
                  study));
}

std::int64_t training_samples(const StudyOptions& options) {
  constexpr std::int64_t quick = 2000;
  if (!options.recipe) return options.quick ? quick : 10000;
  const std::int64_t all = runs::set_up(*options.recipe).data.train->size();
  return options.quick ? std::min(quick, all) : all;
}

std::int64_t held_out_samples(const StudyOptions& options) {
  return options.quick ? 1000 : 5000;
}

recipe::Recipe short_recipe(const StudyOptions& options) {
  if (options.recipe) {
    recipe::Recipe recipe =
        options.quick ? advice::shortened(*options.recipe, 20) : *options.recipe;
    recipe.train.checkpoint_steps = advice::no_checkpoints;
    return recipe;
  }
  recipe::Recipe recipe;
  recipe.data = {.format = "idx", .root = options.images.string()};
  recipe.views = {.split = views::HalvesOptions{},
                  .normalization = {.mean = {0.286}, .deviation = {0.353}}};
  recipe.encoder = {.channels = {16, 32, 64},
                    .convolutions = 1,
                    .strides = {2, 2, 1},
                    .downsample = encoders::Downsampling::stride,
                    .pooled_grid = 2,
                    .hidden_dim = 256,
                    .embedding_dim = 64};
  recipe.contrast.temperature = 0.1;
  // A bank's vectors would be renewed but eight times.
  recipe.contrast.negatives = recipe::NegativesKind::batch;
  recipe.train.epochs = options.quick ? 2 : 8;
  recipe.train.batch_size = 256;
  recipe.train.optimizer.learning_rate = 2e-3;
  recipe.train.schedule.warmup_steps = options.quick ? 2 : 20;
  recipe.train.checkpoint_steps = advice::no_checkpoints;
  return recipe;
}

advice::SweepOptions sweep_options(const StudyOptions& options) {
  const std::int64_t train = training_samples(options), held_out = held_out_samples(options);
  return {.seeds = options.seed_count(),
          .conditions = {{"data", advice::fingerprint(runs::set_up(short_recipe(options)).data)},
                         {"samples", train}},
          .set_up =
              [=](const advice::Setting& setting) {
                return advice::short_setup(setting.recipe, train, held_out);
              },
          .train = advice::train_setting,
          .judge = [](const advice::Setting&, advice::Trained& trained,
                      const runs::Setup& setup) { return advice::judge(trained.encoders, setup); }};
}

}  // namespace cmc::studies
