#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "cmc/files/appended_file.h"
#include "cmc/training/observer.h"

namespace cmc::runs {

/// What a training wrote down of itself. A figure is NaN where the run wrote no finite one, or, of
/// those that no curve shows, none.
struct Metrics {
  std::vector<training::StepFigures> training;
  std::vector<training::HeldOutFigures> held_out;
  std::vector<training::ProbeFigures> probes;
};

/// Writes a run's metrics: one JSON object a line, of kind "train" for each step, "held_out" for
/// each held-out measurement and "probe" for each probe on the way; information in nats.
class MetricsLog : public training::Observer {
 public:
  /// Keeps the lines up to `resumed_step` that the file has and appends; 0 starts it anew.
  /// Throws Error where the file can't be written, as on_step and on_held_out do.
  MetricsLog(const std::filesystem::path& path, std::int64_t resumed_step);
  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;
  void on_probe(const training::ProbeFigures& figures) override;

  /// Of training up to the last step, the parts before it was resumed among them.
  double seconds() const { return seconds_; }

 private:
  std::optional<files::AppendedFile> out_;
  double seconds_before_ = 0, seconds_ = 0;
};

/// Reads what MetricsLog wrote. A line that a killed run left unfinished, which can only be the
/// last, is no point; where a resumed run wrote steps anew, its own points count. Throws Error that
/// names the line and the key otherwise, or if the file can't be read.
Metrics read_metrics(const std::filesystem::path& file);

/// The mean of the last twentieth (at least one) of the steps whose estimate is finite, with the
/// other figures of the last one; nothing where there is none.
std::optional<training::StepFigures> last_training(const Metrics& metrics);

}  // namespace cmc::runs
