#include "benchmarks/waiting.h"

#include <fmt/core.h>

#include <utility>

#include "benchmarks/trained_steps.h"

namespace cmc::benchmarks {

nlohmann::json waiting(recipe::Recipe recipe, const WaitingOptions& options) {
  const std::string name = recipe.name;
  const std::int64_t batch = recipe.train.batch_size;
  const TrainedSteps trained = train_steps(std::move(recipe), options.steps);
  fmt::print("{}: {} steps of {} at {:.0f} images/s, {:.1f} % of the time waiting for data\n", name,
             trained.steps, batch, trained.samples_per_second, 100 * trained.share_waited);
  return {{"name", "waiting for data, " + name},
          {"share", trained.share_waited},
          {"images_per_second", trained.samples_per_second}};
}

}  // namespace cmc::benchmarks
