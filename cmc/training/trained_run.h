#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "cmc/training/run_folder.h"

namespace cmc::training {

/// A run with its data open and the weights of one checkpoint in its model, on the recipe's device.
struct TrainedRun {
  RunFolder run;
  Setup setup;
  Model model;
  std::int64_t steps = 0;  ///< that the weights were trained for
  at::Device device = at::kCPU;
  bool bfloat16 = false;  ///< whether the run's encoders compute in bfloat16

  const Recipe& recipe() const { return run.recipe(); }
};

/// Opens a run's folder with the weights of one of `checkpoints`, and sets the threads of the
/// recipe. `label` names a column of a manifest that is the label in place of the recipe's; empty:
/// the recipe's. Throws Error where `path` holds no run, lacks the checkpoint, or is not finished
/// and "last" is asked for, or where a label is given and the data is no manifest.
TrainedRun open_trained_run(const std::filesystem::path& path,
                            const std::string& checkpoint = "last", const std::string& label = "");

}  // namespace cmc::training
