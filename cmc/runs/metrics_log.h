#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "cmc/files/appended_file.h"
#include "cmc/training/observer.h"

namespace cmc::runs {

/// Writes metrics.jsonl: one JSON object a line, of kind "train" for each step and "held_out" for
/// each held-out measurement; information in nats.
class MetricsLog : public training::Observer {
 public:
  /// Keeps the lines up to `resumed_step` that the file has and appends; 0 starts it anew.
  /// Throws Error where the file can't be written, as on_step and on_held_out do.
  MetricsLog(const std::filesystem::path& path, std::int64_t resumed_step);
  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;

  /// Of training up to the last step, the parts before it was resumed among them.
  double seconds() const { return seconds_; }

 private:
  std::optional<files::AppendedFile> out_;
  double seconds_before_ = 0, seconds_ = 0;
};

}  // namespace cmc::runs
