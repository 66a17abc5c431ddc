#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/loader.h"
#include "cmc/data/transform.h"
#include "cmc/training/budget.h"
#include "cmc/training/checkpoint.h"
#include "cmc/training/generator_turn.h"
#include "cmc/training/gradient_buckets.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/train_options.h"

namespace cmc::training {

/// What a trainer works on. `held_out` may be null: nothing is measured on it then. The held-out
/// samples' views are made by `evaluate_transform`, augmented where that alone makes views differ.
struct TrainingData {
  std::shared_ptr<const data::Dataset> train;
  std::shared_ptr<const data::Dataset> held_out;
  std::shared_ptr<const data::Transform> train_transform;
  std::shared_ptr<const data::Transform> evaluate_transform;
  /// Hard negatives that batches bring beside their anchors (data::LoaderOptions::companions), or
  /// undefined.
  at::Tensor hard_negatives = {};
  /// Of learned views.
  GeneratorOptions generator = {};
};

/// Where a training keeps its state; an empty path keeps none.
struct CheckpointFiles {
  std::filesystem::path last;  ///< every so many steps, after epochs and where it stops
  std::filesystem::path best;  ///< of the lowest held-out loss
};

/// Minimises a model's objective over a data set.
///
///     Trainer trainer(model, data, {.epochs = 20}, seed, run.training_files());
///     trainer.add(observer);
///     trainer.run(stop);
///
/// Every draw is keyed by its purpose, the seed, the epoch or step, and the sample, and the state
/// is kept in files, so that a training that is resumed ends in the same weights, bit for bit, as
/// one that was never stopped, with any number of loader workers. (The number of libtorch's threads
/// must be the same.)
///
/// Held-out samples are measured, and the state is kept, at the end of an epoch; of more than
/// most_milestones epochs, at the end of so many, spread evenly over the run.
class Trainer {
 public:
  /// With a group, all its processes make a trainer of the same, and call the same members: each
  /// takes its rows of every batch (Step). Rank 0's weights count, and it alone measures, probes,
  /// and reads and writes files; the others' are empty.
  Trainer(Model model, TrainingData data, const TrainOptions& options, std::uint64_t seed,
          CheckpointFiles files = {}, distributed::ProcessGroup* group = nullptr);
  ~Trainer();

  static constexpr std::int64_t most_milestones = 100;

  void add(std::shared_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }

  /// Asks `probe` before the first step, every `options.probe_every` steps and after the last, and
  /// tells the observers what it shows; never where that is 0. It must leave the model, and
  /// libtorch's generator, as they are; the step, the epoch and the seconds are set here.
  void probe_with(std::function<ProbeFigures()> probe) { probe_ = std::move(probe); }

  /// Goes on from files.last, of any number of processes. Throws Error where it doesn't fit the
  /// model.
  void resume();

  /// Trains until the budget is used up (true) or `stop` is set (false), and leaves a checkpoint
  /// either way; of several processes, `stop` of one is for all. Throws Error where the loss or a
  /// gradient is not finite, with the state before that step saved, and where a process is lost,
  /// with the last step that was saved.
  bool run(const std::atomic<bool>& stop);

  std::int64_t step() const { return position_.step; }
  std::int64_t steps() const { return budget_.steps; }
  const Budget& budget() const { return budget_; }
  /// Of training since the run or its resumed part began.
  double seconds() const { return seconds_; }
  /// The samples of both parts that were left out so far.
  std::vector<data::UnreadableSample> unreadable() const;

 private:
  bool run_alone(const std::atomic<bool>& stop);
  bool train_epoch(const std::atomic<bool>& stop);
  std::optional<StepFigures> timed_step();
  std::optional<StepFigures> take_step();
  std::map<std::string, at::Tensor> optimizer_state() const;
  void load_optimizers(std::map<std::string, at::Tensor> state);
  void move_generator(StepFigures& figures);
  void end_epoch();
  bool is_milestone() const;
  double epochs_done() const;
  void probe();
  void keep();
  void write(const std::filesystem::path& file);
  bool is_first() const;
  bool agreed(bool wish) const;
  void average_batch_norms();
  [[noreturn]] void stop_before_step(const std::string& what);
  [[noreturn]] void refuse_epoch() const;

  TrainOptions options_;
  CheckpointFiles files_;
  at::Device device_;
  bool bfloat16_;
  std::unique_ptr<Team> team_;  ///< of the processor's threads; none on another device
  Model model_;                 ///< on device_
  TrainingData data_;
  data::Loader loader_;
  std::unique_ptr<data::Loader> held_out_loader_;
  distributed::ProcessGroup* group_;
  Optimizer optimizer_;
  std::unique_ptr<GeneratorTurn> generator_;  ///< of learned views
  std::optional<data::Batch> batch_;          ///< that it has its turn with
  std::unique_ptr<GradientBuckets> buckets_;  ///< of several processes
  std::vector<std::shared_ptr<Observer>> observers_;
  Budget budget_;
  std::function<ProbeFigures()> probe_;
  Position position_;
  std::int64_t kept_step_ = 0;  ///< of the last checkpoint
  std::chrono::steady_clock::time_point start_;
  double waited_before_ = 0;  ///< seconds that the loader made wait before start_
  double seconds_ = 0;
};

}  // namespace cmc::training
