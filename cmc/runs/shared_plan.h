#pragma once

#include <optional>

#include "cmc/recipe/recipe.h"
#include "cmc/runs/trained_run.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::runs {

/// What rank 0 tells the other processes of a training.
struct Plan {
  std::optional<recipe::Recipe> recipe;  ///< nothing: the run is finished
  bool resumed = false;
};

/// Rank 0 tells it; a null recipe: the run is finished. Throws Error as hear_plan does.
void tell_plan(distributed::ProcessGroup& group, const recipe::Recipe* recipe, bool resumed);

/// The others hear it. Throws Error, in all processes, where versions of cmc or libtorch differ, or
/// the recipe `own` of some process in more than where the data lies.
Plan hear_plan(distributed::ProcessGroup& group, const std::optional<recipe::Recipe>& own);

/// Throws Error, in all processes of a group, where versions of cmc or libtorch differ, or the run
/// that they opened, or the number of its samples. Without a group (nullptr) nothing is asked.
void check_same_run(distributed::ProcessGroup* group, const TrainedRun& own);

}  // namespace cmc::runs
