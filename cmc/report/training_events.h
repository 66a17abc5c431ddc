#pragma once

#include <cstdint>
#include <filesystem>

#include "cmc/report/tensorboard.h"
#include "cmc/training/observer.h"

namespace cmc::report {

/// Writes a run's figures as TensorBoard events; information in bits. What is seen during training
/// is tagged "training estimate", what held-out samples show "bound".
class TrainingEvents : public training::Observer {
 public:
  /// A run that goes on gives the step that it resumes after, else 0.
  TrainingEvents(const std::filesystem::path& folder, std::int64_t resumed_step);
  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;

 private:
  TensorBoardWriter writer_;
};

}  // namespace cmc::report
