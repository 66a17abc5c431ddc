#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

namespace cmc::training {

/// Everything that a run needs to go on bit for bit, and nothing of the clock, so that files of
/// equal runs are equal. All other random draws are keyed by seed, epoch and sample, so that the
/// position stands for them.
struct Checkpoint {
  std::map<std::string, at::Tensor> model;      ///< Model::state
  std::map<std::string, at::Tensor> optimizer;  ///< Optimizer::state
  at::Tensor generator;                         ///< libtorch's default CPU generator
  std::int64_t step = 0;                        ///< optimiser steps done
  std::int64_t epoch = 0;                       ///< the epoch that `batch` is in
  std::int64_t batch = 0;                       ///< batches of this epoch done
  double best_held_out = std::numeric_limits<double>::infinity();
};

/// Written as safetensors: the model's tensors as "model/…", the optimiser's as "optimizer/…", the
/// position as metadata.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error where the file is missing, damaged or no checkpoint, and where an encoder's weights
/// are not finite.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace cmc::training
