#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "cmc/advice/fingerprint.h"
#include "cmc/error.h"
#include "studies/conclude_peak.h"
#include "studies/repeated_pictures.h"
#include "studies/study_recipe.h"

// Claim (Tian et al. 2020, arXiv 2005.10243, section 4.1): of two patches of one photograph, those
// at a middling distance teach the encoder that serves other pictures best, so that accuracy
// against what the patches share is a reverse U. What counts: the best distance between the ends
// is at least 1 point above both, beyond the error bars. That no maximum lies inside refutes the
// claim only where the range reaches two bad ends: at distance 0 both patches are the same pixels,
// so that any detail matches them; four sides away along each axis they share the scene and its
// light at most. Fashion-MNIST is too small for the far end; photographs of 320 pixels reach it
// with patches of 64. What distance takes beside: places to stand, of which far patches have few.
// Seeds: an interval's half is 2.5 times the deviation of a difference over three seeds, 1.24 times
// over five (Student), so that --seeds 5 shows a maximum 2 points above the ends where that
// deviation is 0.8. Budget: the recipe's; one that is too short to tell the distances apart ends
// within the error bars.

namespace cmc::studies {
namespace {

using nlohmann::json;

/// Which patches are compared, and how they are trained on and judged.
struct Plan {
  std::int64_t size = 0;  ///< side of a patch in pixels
  std::vector<std::int64_t> distances;
  advice::SweepOptions sweeping;
};

/// What the patches share, where they stand in training: each at a place of its own.
json shared_by_patches(advice::Trained& trained, const runs::Setup& setup) {
  return advice::shared_information(
      advice::judged_features(trained.encoders, setup.data, setup.train_transform));
}

/// What patches at different distances taught is asked of the same pixels: of the picture's four
/// quadrants, each through the patches' shared encoder. (Of patches themselves, those farther apart
/// would see more of the picture.)
json judge_by_quadrants(const advice::Setting& setting, advice::Trained& trained,
                        const runs::Setup& setup) {
  views::ViewRecipe whole = setting.recipe.views;
  whole.split = views::QuadrantsOptions{};
  const auto quadrants =
      views::make_split(whole, setup.data.train->sources()[0].shape, views::Mode::evaluate);
  std::vector<encoders::Encoder> four(quadrants->views().size(), trained.encoders[0]);
  json values = shared_by_patches(trained, setup);
  values["accuracy"] = advice::probe_all(advice::judged_features(four, setup.data, quadrants));
  return values;
}

Plan on_garments(const StudyOptions& options) {
  Plan plan{
      .size = 14, .distances = {0, 1, 2, 4, 6, 8, 10, 12}, .sweeping = sweep_options(options)};
  if (options.quick) plan.distances = {0, 6, 12};
  plan.sweeping.judge = judge_by_quadrants;
  return plan;
}

/// Up to four sides of a patch, as far as the picture reaches; where quick three of them.
std::vector<std::int64_t> distances_within(std::int64_t side, std::int64_t size, bool quick) {
  std::vector<std::int64_t> distances;
  for (const std::int64_t quarters : {0, 1, 2, 4, 6, 8, 12, 16})
    if (size + quarters * size / 4 <= side) distances.push_back(quarters * size / 4);
  if (distances.size() < 3)
    throw UsageError(
        fmt::format("patches of {} pixels leave no room for three distances in pictures of {}: "
                    "choose a smaller --set views.patch_size",
                    size, side));
  if (quick) distances = {0, distances[distances.size() / 2], distances.back()};
  return distances;
}

/// The pictures that judge the encoders.
data::Splits judging_pictures(const StudyOptions& options) {
  data::Splits data =
      advice::short_setup(*options.transfer, training_samples(options), held_out_samples(options))
          .data;
  if (data.train->sources()[0].kind != data::SourceKind::image || data.train->classes().size() < 2)
    throw UsageError(fmt::format(
        "--transfer {}: its data must be pictures with classes, which judge the encoders",
        options.transfer->name));
  return data;
}

/// A picture as the patches' encoder takes it: all of it, at the size and in the numbers of a
/// patch.
std::shared_ptr<const data::Transform> whole_picture(const recipe::Recipe& patches,
                                                     const data::ViewShape& patch,
                                                     data::SourceShape shape) {
  views::ViewRecipe whole{.split = views::WholeOptions{},
                          .size = patch.height,
                          .normalization = patches.views.normalization};
  // Of a picture of another size evaluation cuts the edges off; this window is all of it.
  whole.augmentation = views::AugmentationOptions{
      .crop = views::Crop::random_resized, .scale = {1, 1}, .ratio = {1, 1}};
  shape.channels = patch.channels;
  return views::make_split(whole, shape, views::Mode::train);
}

Plan on_photographs(const StudyOptions& options) {
  const recipe::Recipe recipe = short_recipe(options);
  const runs::Setup opened = runs::set_up(recipe);
  const data::SourceShape& shape = opened.data.train->sources()[0].shape;
  const std::int64_t side =
      recipe.views.size > 0 ? recipe.views.size : std::min(shape.height, shape.width);
  const std::int64_t size = std::get<views::PatchesOptions>(recipe.views.split).size;
  Plan plan{.size = size,
            .distances = distances_within(side, size, options.quick),
            .sweeping = sweep_options(options)};
  const data::Splits judging = judging_pictures(options);
  plan.sweeping.conditions["transfer"] = advice::fingerprint(judging);
  // A few hundred photographs give as many pairs as other studies have samples.
  const data::Splits photographs{
      .train = repeated_pictures(opened.data.train, training_samples(options)),
      .test = repeated_pictures(opened.data.test, held_out_samples(options))};
  plan.sweeping.set_up = [photographs](const advice::Setting& setting) {
    runs::Setup setup = runs::set_up(setting.recipe);
    setup.data = photographs;
    return setup;
  };
  plan.sweeping.judge = [judging](const advice::Setting& setting, advice::Trained& trained,
                                  const runs::Setup& setup) {
    const auto whole = whole_picture(setting.recipe, setup.train_transform->views()[0],
                                     judging.train->sources()[0].shape);
    std::vector<encoders::Encoder> one = {trained.encoders[0]};
    json values = shared_by_patches(trained, setup);
    values["accuracy"] = advice::probe_all(advice::judged_features(one, judging, whole));
    return values;
  };
  return plan;
}

void check_recipes(const StudyOptions& options) {
  if (options.recipe.has_value() != options.transfer.has_value())
    throw UsageError(
        "patches judges what a recipe's photographs taught on other pictures: give both --recipe, "
        "such as photo-patches, and --transfer, such as cifar10-lab");
  if (options.recipe && !std::holds_alternative<views::PatchesOptions>(options.recipe->views.split))
    throw UsageError(
        "patches asks for a recipe of patches, such as --recipe photo-patches --set "
        "data.root='\"FOLDER\"'");
}

}  // namespace

void run_patches(advice::Notebook& notebook, const StudyOptions& options) {
  check_recipes(options);
  const Plan plan = options.recipe ? on_photographs(options) : on_garments(options);
  std::vector<advice::Setting> settings;
  for (const std::int64_t distance : plan.distances) {
    advice::Setting& setting =
        settings.emplace_back(advice::Setting{{{"distance", distance}}, short_recipe(options)});
    setting.recipe.views.split = views::PatchesOptions{.size = plan.size, .distance = distance};
    setting.recipe.encoder.shared = true;
  }
  advice::sweep(notebook, settings, plan.sweeping);
  conclude_peak(notebook, settings, "distance");
}

}  // namespace cmc::studies
