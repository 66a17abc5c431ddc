#pragma once

#include <cstdint>
#include <string>

#include "cmc/device.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/schedule.h"

namespace cmc::training {

/// Whose batch a batch norm's is where several processes train.
enum class BatchNormScope {
  synchronised,  ///< all processes': the same as one process's
  local,         ///< each its own rows'; running moments are the processes' mean
};

/// How a model is trained.
struct TrainOptions {
  /// The budget: epochs, or, where `steps` is above 0, optimiser steps. 0 epochs: as many as
  /// budget_of chooses.
  std::int64_t epochs = 0;
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
  /// Of the encoders.
  Precision precision = Precision::automatic;
  /// By name: find_device.
  std::string device = "auto";
  /// Of libtorch's operators and of the loader; 0: one for each core.
  std::int64_t threads = 0;
  std::int64_t workers = 0;
  /// Batches that the loader keeps ready.
  std::int64_t prefetch = 4;
  /// A checkpoint is written every so many steps, and at the end of epochs (Trainer).
  std::int64_t checkpoint_steps = 200;
  /// Whether missing numbers of the training part's tables are filled from what else is known of
  /// their samples (data::imputed); else the views show them as missing.
  bool impute = true;
  BatchNormScope batch_norm = BatchNormScope::synchronised;
  /// At most so many held-out samples are contrasted after epochs.
  std::int64_t held_out_samples = 5000;
  /// With labels, a small probe judges the encoders before the first step, every so many steps and
  /// after the last (Trainer::probe_with); 0: never. It changes nothing that is trained.
  std::int64_t probe_every = 0;
};

}  // namespace cmc::training
