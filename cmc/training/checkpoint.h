#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

namespace cmc::training {

/// The state of libtorch's default CPU generator.
at::Tensor generator_state();

/// How far a training is. Random draws are keyed by seed, epoch and sample, so that it stands for
/// all of them but libtorch's own.
struct Position {
  std::int64_t step = 0;   ///< optimiser steps done
  std::int64_t epoch = 0;  ///< the epoch that `batch` is in
  std::int64_t batch = 0;  ///< batches of this epoch done
  /// The lowest k-pair value of the held-out samples so far.
  double best_held_out = std::numeric_limits<double>::infinity();
};

/// Everything that a run needs to go on bit for bit, and nothing of the clock, so that files of
/// equal runs are equal.
struct Checkpoint {
  Position position = {};
  std::map<std::string, at::Tensor> model = {};      ///< Model::state
  std::map<std::string, at::Tensor> optimizer = {};  ///< Optimizer::state; empty: not trained on
  at::Tensor generator = generator_state();
};

/// Written as safetensors: the model's tensors as "model/…", the optimiser's as "optimizer/…", the
/// position as metadata.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error where the file is missing, damaged or no checkpoint, and where an encoder's weights
/// are not finite.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace cmc::training
