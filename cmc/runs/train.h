#pragma once

#include <c10/core/Device.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/runs/overfitting.h"
#include "cmc/runs/run_folder.h"
#include "cmc/runs/setup.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::runs {

/// A training as it is about to begin, or to go on.
struct TrainingStart {
  const RunFolder& run;
  const Setup& setup;
  const training::Model& model;
  at::Device device;
  bool bfloat16 = false;                ///< whether the encoders compute in it
  std::int64_t parameters = 0;          ///< numbers that are trained
  std::vector<std::string> pretrained;  ///< a line for each file that encoders started from
  bool resumed = false;
  std::int64_t step = 0;   ///< done already
  std::int64_t steps = 0;  ///< of the whole run
  training::Budget budget = {};
  std::string no_probe = {};  ///< why train.probe_every is of no effect; empty where it is
};

struct TrainRunOptions {
  /// Trains with other processes, of which this is rank 0 and the others call train_along; null:
  /// alone.
  distributed::ProcessGroup* group = nullptr;
  /// Where the run's data lies: with a run that goes on, from now on (RunFolder::move_data).
  std::string data = {};
  /// Told once, before the first step.
  std::function<void(const TrainingStart&)> started = nullptr;
  /// Are told of every step, beside the run's own metrics.
  std::vector<std::shared_ptr<training::Observer>> observers = {};
};

struct TrainResult {
  bool finished = false;         ///< else it was stopped, and can go on
  bool finished_before = false;  ///< it was trained to its end already: nothing was done
  std::int64_t step = 0;         ///< done
  std::int64_t steps = 0;        ///< of the whole run
  double seconds = 0;            ///< of training, the parts before it was resumed among them
  /// Of a finished run, where it learned its samples by heart: checkpoint-best is judged then.
  std::optional<Overfitting> overfitting = {};
  std::vector<data::UnreadableSample> unreadable;  ///< left out, as the run records
};

/// Trains a run that was created or opened to be written, from its last checkpoint where it has
/// one, until its budget is used up or `stop` is set: everything that `cmc train` does but to
/// print, and TensorBoard's events (report::TrainingEvents). The run's folder then holds what was
/// measured on the training part, metrics, checkpoints, a picture of the views and what is recorded
/// of it.
///
/// Throws Error where the data is other than the run was trained on, where a loss is not finite,
/// or a file can't be written. A new run that has no checkpoint then is discarded.
TrainResult train(RunFolder& run, const std::atomic<bool>& stop,
                  const TrainRunOptions& options = {});

/// What every process but rank 0 does while that one trains a run: it takes its share of each
/// batch, and has no folder. `own`: the recipe that it was called with, which must be rank 0's but
/// for where the data lies; nothing: rank 0's is taken. `data`: where the data lies on this
/// machine; empty: where it lies for rank 0. Throws Error where something differs from rank 0
/// (versions, the recipe, how many samples there are), or what train throws.
TrainResult train_along(const std::optional<recipe::Recipe>& own, const std::string& data,
                        distributed::ProcessGroup& group, const std::atomic<bool>& stop);

/// Trains a new run in `folder` (RunFolder::create).
TrainResult train(const recipe::Recipe& recipe, const std::filesystem::path& folder,
                  const std::atomic<bool>& stop, const TrainRunOptions& options = {});

/// Goes on with the run in `folder`, bit for bit.
TrainResult resume(const std::filesystem::path& folder, const std::atomic<bool>& stop,
                   const TrainRunOptions& options = {});

}  // namespace cmc::runs
