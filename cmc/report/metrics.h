#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace cmc::report {

/// One point of the curves of training. Information in nats; NaN where the run wrote no finite
/// figure.
struct TrainingPoint {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;
  double k = 0;                  // negatives of one anchor
  double training_estimate = 0;  // log(k + 1) − L
  double ceiling = 0;            // log(k + 1)
  double positive_first = 0;     // how often the positive ranks first, 0 … 1
  double images_per_second = 0;
};

/// One point of the curves on held-out samples. Information in nats.
struct HeldOutPoint {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;
  double k = 0;
  double bound = 0;        // log k − L
  double tight_bound = 0;  // log(k + 1) − L
  double ceiling = 0;      // log(k + 1)
  double positive_first = 0;
};

struct Metrics {
  std::vector<TrainingPoint> training;
  std::vector<HeldOutPoint> held_out;
};

/// Reads a run's metrics.jsonl. A line that a killed run left unfinished, which can only be the
/// last, is no point; where a resumed run wrote steps anew, its own points count. Throws Error that
/// names the line and the key otherwise, or if the file can't be read.
Metrics read_metrics(const std::filesystem::path& file);

/// The mean of the last twentieth (at least one) of the training points whose estimate is finite,
/// with the last one's step and epoch; nothing where there is none.
std::optional<TrainingPoint> last_training(const Metrics& metrics);

}  // namespace cmc::report
