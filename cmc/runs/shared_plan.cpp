#include "cmc/runs/shared_plan.h"

#include <nlohmann/json.hpp>

#include "cmc/distributed/process_group.h"
#include "cmc/libtorch.h"
#include "cmc/recipe/differences.h"
#include "cmc/recipe/recipe_text.h"
#include "cmc/runs/environment.h"

namespace cmc::runs {
namespace {

/// How a process's recipe differs from rank 0's, but for where the data lies; empty: not.
std::string difference(const recipe::Recipe& first, const recipe::Recipe& own) {
  for (const recipe::RecipeDifference& each : recipe::differences({first, own}))
    if (each.key != "data.root" && each.key != "data.manifest")
      return fmt::format("{} = {}, not {}", each.key, each.values[1], each.values[0]);
  return {};
}

void check_versions(distributed::ProcessGroup& group) {
  distributed::check_alike(group,
                           {{"version of cmc", version()}, {"libtorch", libtorch_version()}});
}

void check_recipes(distributed::ProcessGroup& group, const std::string& own) {
  const std::vector<std::string> all = distributed::all_gather(group, own);
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    check(all[rank].empty(), "rank {} has another recipe than rank 0: {}", rank, all[rank]);
}

}  // namespace

void tell_plan(distributed::ProcessGroup& group, const recipe::Recipe* recipe, bool resumed) {
  check_versions(group);
  const nlohmann::json plan = {{"recipe", recipe == nullptr ? "" : recipe::to_toml(*recipe)},
                               {"resumed", resumed}};
  distributed::broadcast(group, plan.dump());
  check_recipes(group, "");
}

Plan hear_plan(distributed::ProcessGroup& group, const std::optional<recipe::Recipe>& own) {
  check_versions(group);
  const auto told = nlohmann::json::parse(distributed::broadcast(group, ""));
  const auto toml = told.at("recipe").get<std::string>();
  Plan plan{.recipe = {}, .resumed = told.at("resumed").get<bool>()};
  if (!toml.empty()) plan.recipe = recipe::recipe_of_text(toml, "rank 0's recipe");
  check_recipes(group, own && plan.recipe ? difference(*plan.recipe, *own) : "");
  return plan;
}

void check_same_run(distributed::ProcessGroup* group, const TrainedRun& own) {
  if (group == nullptr) return;
  check_versions(*group);
  const std::string first = distributed::broadcast(*group, recipe::to_toml(own.recipe()));
  check_recipes(*group, difference(recipe::recipe_of_text(first, "rank 0's recipe"), own.recipe()));
  const data::Splits& data = own.setup.data;
  distributed::check_alike(
      *group, {{"run", fmt::format("checkpoint {} of {} steps", own.checkpoint, own.steps)},
               {"data set", fmt::format("{} samples to train, {} held out", data.train->size(),
                                        data.test->size())}});
}

}  // namespace cmc::runs
