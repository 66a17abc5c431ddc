#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cmc/recipe/recipe.h"

namespace cmc::runs {

/// The paths of a recipe are meant from the folder that `cmc` is started in. Those that are not
/// there, but beside the recipe's own file, are made to lead there.
void find_beside(recipe::Recipe& recipe, const std::filesystem::path& file);

/// Where the files that a recipe names lie, now that the recipe is a run's: its data (data.root or
/// data.manifest), and what its encoders start from (weights, torchscript). Of each that the recipe
/// names {KEY:
/// {"absolute", "relative"}}, the latter from the run's folder `run`; what a run records as
/// "paths".
nlohmann::json places_of(const recipe::Recipe& recipe, const std::filesystem::path& run);

/// Puts the places where the files of a run's encoders lie now into its recipe: where they lay when
/// the run was made, or else where they lie as seen from the run; a file that is at none of them
/// keeps the first. `places` is what places_of gave.
void find_encoder_files(recipe::Recipe& recipe, const nlohmann::json& places,
                        const std::filesystem::path& run);

/// Does the same for the data. Throws Error that lists the places that were tried.
void find_data(recipe::Recipe& recipe, const nlohmann::json& places,
               const std::filesystem::path& run);

/// Makes a recipe's data what lies at `path`: its folder; or its manifest, a pattern of file names,
/// or the folder that holds the manifest or the files of the pattern. Throws UsageError where there
/// is nothing.
void take_data(recipe::Recipe& recipe, const std::string& path);

}  // namespace cmc::runs
