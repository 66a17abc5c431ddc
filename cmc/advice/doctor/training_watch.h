#pragma once

#include <cstdint>
#include <functional>
#include <set>

#include "cmc/advice/doctor/finding.h"
#include "cmc/advice/doctor/run_figures.h"
#include "cmc/training/observer.h"

namespace cmc::advice {

/// Tells of what goes wrong in a training while it goes on (training_findings), each trouble once.
class TrainingWatch : public training::Observer {
 public:
  using Tell = std::function<void(const Finding&)>;
  explicit TrainingWatch(Tell tell) : tell_(std::move(tell)) {}

  /// What is known before the first step: the recipe, the counts, and of a run that goes on its
  /// metrics so far.
  void begin(RunFigures known) { run_ = std::move(known); }

  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;

 private:
  void look();

  Tell tell_;
  RunFigures run_;
  std::set<Trouble> told_;
};

}  // namespace cmc::advice
