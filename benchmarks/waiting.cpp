#include "benchmarks/waiting.h"

#include <fmt/core.h>

#include <atomic>
#include <memory>
#include <optional>

#include "cmc/runs/setup.h"
#include "cmc/training/trainer.h"

namespace cmc::benchmarks {
namespace {

class Watch : public training::Observer {
 public:
  void on_step(const training::StepFigures& figures) override {
    if (!first_) first_ = figures;
    last_ = figures;
  }
  double seconds() const { return last_.seconds - first_->seconds; }
  double share() const { return (last_.seconds_waited - first_->seconds_waited) / seconds(); }
  std::int64_t steps() const { return last_.step - first_->step; }

 private:
  std::optional<training::StepFigures> first_;
  training::StepFigures last_;
};

}  // namespace

nlohmann::json waiting(recipe::Recipe recipe, const WaitingOptions& options) {
  recipe.train.steps = options.steps + 1;
  recipe.train.held_out_samples = 0;
  const auto seed = static_cast<std::uint64_t>(recipe.seed);
  const runs::Setup setup = runs::set_up(recipe);
  training::Trainer trainer(runs::make_model(recipe, setup),
                            setup.training_data(recipe.train, seed), recipe.train, seed);
  const auto watch = std::make_shared<Watch>();
  trainer.add(watch);
  trainer.run(std::atomic<bool>(false));
  const double rate =
      static_cast<double>(watch->steps() * recipe.train.batch_size) / watch->seconds();
  fmt::print("{}: {} steps of {} at {:.0f} images/s, {:.1f} % of the time waiting for data\n",
             recipe.name, watch->steps(), recipe.train.batch_size, rate, 100 * watch->share());
  return {{"name", "waiting for data, " + recipe.name},
          {"share", watch->share()},
          {"images_per_second", rate}};
}

}  // namespace cmc::benchmarks
