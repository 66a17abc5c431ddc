#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/loader.h"
#include "cmc/data/transform.h"
#include "cmc/training/checkpoint.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/schedule.h"

namespace cmc::training {

struct TrainOptions {
  /// The budget: epochs, or, where `steps` is above 0, optimiser steps.
  std::int64_t epochs = 10;
  std::int64_t steps = 0;
  std::int64_t batch_size = 256;
  /// Batches whose gradients are averaged for one optimiser step; each is contrasted within itself.
  std::int64_t accumulate = 1;
  /// Forward passes that a batch is encoded in (contrast_with_gradient_cache), at most one for two
  /// samples: memory is a pass's, negatives are the whole batch's. Above 1, `accumulate` must be 1,
  /// and an encoder must give the same for the same samples twice.
  std::int64_t passes = 1;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  /// How much of a momentum encoder's weights stays at each step, at most: see momentum_at.
  double encoder_momentum = 0.999;
  /// The gradients' joint norm is scaled down to this; 0: never.
  double clip_gradient = 0;
  /// "fp32"; "bf16": encoders under autocast; "auto": bf16 on CUDA and on processors with AVX-512
  /// BF16.
  std::string precision = "auto";
  /// "auto" (CUDA where libtorch has it and finds a device, else the CPU), "cpu", "cuda" or
  /// "cuda:N".
  std::string device = "auto";
  /// Of libtorch's operators and of the loader; 0: one for each core.
  std::int64_t threads = 0;
  std::int64_t workers = 0;
  /// Batches that the loader keeps ready.
  std::int64_t prefetch = 4;
  /// A checkpoint is written every so many steps, and at the end of each epoch.
  std::int64_t checkpoint_steps = 200;
  /// Whether missing numbers of the training part's tables are filled from what else is known of
  /// their samples (data::imputed); else the views show them as missing.
  bool impute = true;
  /// At most so many held-out samples are contrasted after each epoch.
  std::int64_t held_out_samples = 5000;
};

/// The device that `options.device` names, checked to be there.
at::Device training_device(const std::string& device);

/// Whether the encoders run in bfloat16 on `device`.
bool uses_bfloat16(const std::string& precision, at::Device device);

/// What a trainer works on. `held_out` may be null: nothing is measured on it then. The held-out
/// samples' views are made by `evaluate_transform`: of augmented views, Setup::measuring_transform.
struct TrainingData {
  std::shared_ptr<const data::Dataset> train;
  std::shared_ptr<const data::Dataset> held_out;
  std::shared_ptr<const data::Transform> train_transform;
  std::shared_ptr<const data::Transform> evaluate_transform;
};

/// Minimises a model's objective over a data set.
///
///     Trainer trainer(model, data, {.epochs = 20}, seed, "runs/mine");
///     trainer.add(observer);
///     trainer.run(stop);
///
/// Every draw is keyed by its purpose, the seed, the epoch or step, and the sample, and the state
/// is kept in checkpoint-last.safetensors and (lowest held-out loss) checkpoint-best.safetensors of
/// the run folder, so that a run that is resumed ends in the same weights, bit for bit, as one that
/// was never stopped, with any number of loader workers. (The number of libtorch's threads must be
/// the same.)
class Trainer {
 public:
  Trainer(Model model, TrainingData data, const TrainOptions& options, std::uint64_t seed,
          std::filesystem::path folder);

  void add(std::shared_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }

  /// Goes on from the folder's last checkpoint. Throws Error where it doesn't fit the model.
  void resume();

  /// Trains until the budget is used up (true) or `stop` is set (false), and leaves a checkpoint
  /// either way. Throws Error where the loss or a gradient is not finite, with the state before
  /// that step saved.
  bool run(const std::atomic<bool>& stop);

  std::int64_t step() const { return position_.step; }
  std::int64_t steps() const { return steps_; }
  /// Of training since the run or its resumed part began.
  double seconds() const { return seconds_; }
  /// The samples of both parts that were left out so far.
  std::vector<data::UnreadableSample> unreadable() const;

 private:
  std::optional<StepFigures> train_step();
  void save(const char* name);
  void end_epoch();
  void take_state();
  [[noreturn]] void stop_before_step(const std::string& what);

  Model model_;
  TrainingData data_;
  TrainOptions options_;
  std::filesystem::path folder_;
  at::Device device_;
  bool bfloat16_;
  data::Loader loader_;
  std::unique_ptr<data::Loader> held_out_loader_;
  Optimizer optimizer_;
  std::vector<std::shared_ptr<Observer>> observers_;
  std::int64_t steps_per_epoch_;
  std::int64_t steps_;
  Checkpoint position_;  ///< without its tensors, but for what is being saved
  double seconds_ = 0;
  std::int64_t batch_before_ = 0;    ///< position_.batch as it was before the step
  std::vector<at::Tensor> buffers_;  ///< the encoders', as they were before the step
};

}  // namespace cmc::training
