#include "cmc/advice/doctor/training_watch.h"

#include <algorithm>

#include "cmc/advice/doctor/training_findings.h"

namespace cmc::advice {

void TrainingWatch::on_step(const training::StepFigures& figures) {
  run_.metrics.training.push_back(figures);
  run_.planned_steps = figures.steps;
  // A look goes over all steps so far: there are 50 in a run, however long it is.
  const std::int64_t between = std::max<std::int64_t>(1, figures.steps / 50);
  if (figures.step % between == 0 || figures.step == figures.steps) look();
}

void TrainingWatch::on_held_out(const training::HeldOutFigures& figures) {
  run_.metrics.held_out.push_back(figures);
  look();  // at most Trainer::most_milestones times, the last of them after the last step
}

void TrainingWatch::look() {
  for (const Finding& finding : training_findings(run_))
    if (told_.insert(finding.trouble).second) tell_(finding);
}

}  // namespace cmc::advice
