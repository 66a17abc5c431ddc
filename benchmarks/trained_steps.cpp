#include "benchmarks/trained_steps.h"

#include <atomic>
#include <memory>

#include "cmc/runs/setup.h"
#include "cmc/training/trainer.h"

namespace cmc::benchmarks {
namespace {

class Watch : public training::Observer {
 public:
  explicit Watch(std::int64_t before) : before_(before) {}

  void on_step(const training::StepFigures& figures) override {
    if (figures.step == before_) first_ = figures;
    last_ = figures;
  }
  TrainedSteps figures(std::int64_t batch_size) const {
    const std::int64_t steps = last_.step - first_.step;
    const double seconds = last_.seconds - first_.seconds;
    return {steps, seconds, static_cast<double>(steps * batch_size) / seconds,
            (last_.seconds_waited - first_.seconds_waited) / seconds};
  }

 private:
  std::int64_t before_;
  training::StepFigures first_, last_;
};

}  // namespace

TrainedSteps train_steps(recipe::Recipe recipe, std::int64_t steps, std::int64_t before) {
  recipe.train.steps = before + steps;
  recipe.train.held_out_samples = 0;
  const auto seed = static_cast<std::uint64_t>(recipe.seed);
  const runs::Setup setup = runs::set_up(recipe);
  training::Trainer trainer(runs::make_model(recipe, setup),
                            setup.training_data(recipe.train, seed), recipe.train, seed);
  const auto watch = std::make_shared<Watch>(before);
  trainer.add(watch);
  trainer.run(std::atomic<bool>(false));
  return watch->figures(recipe.train.batch_size);
}

}  // namespace cmc::benchmarks
