#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "cmc/report/tensorboard.h"
#include "cmc/training/observer.h"

namespace cmc::report {

/// Writes a run's figures as TensorBoard events; information in bits. What is seen during training
/// is tagged "training estimate", what held-out samples show "bound".
class TrainingEvents : public training::Observer {
 public:
  /// Begins an event file in `folder` with the training.
  explicit TrainingEvents(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void on_start(std::int64_t step) override;
  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;
  void on_probe(const training::ProbeFigures& figures) override;

 private:
  std::filesystem::path folder_;
  std::optional<TensorBoardWriter> writer_;
};

}  // namespace cmc::report
