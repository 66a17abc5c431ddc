#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cmc/runs/run_folder.h"
#include "cmc/runs/setup.h"

namespace cmc::runs {

/// A run with its data open and the weights of one checkpoint in its model, on the recipe's device.
struct TrainedRun {
  RunFolder run;
  Setup setup;
  training::Model model;
  std::string checkpoint;  ///< one of `checkpoints`, whose weights they are
  std::string label;       ///< the manifest's column of labels where it isn't the recipe's
  std::int64_t steps = 0;  ///< that the weights were trained for
  at::Device device = at::kCPU;
  bool bfloat16 = false;  ///< whether the run's encoders computed in bfloat16 in training
  /// What a person should know of the data: that it has other samples than training saw.
  std::vector<std::string> notes;

  const recipe::Recipe& recipe() const { return run.recipe(); }
};

struct TrainedRunOptions {
  std::string checkpoint = judged_checkpoint;  ///< one of `checkpoint_choices`
  /// A column of a manifest that is the label in place of the recipe's; empty: the recipe's.
  std::string label = {};
  std::string data = {};  ///< where the run's data lies now (RunFolder::with_data)
  /// Whether others are kept from writing to the run meanwhile; false where this process writes
  /// nothing, as all of a group but rank 0.
  bool to_write = true;
};

/// Opens a run's folder with the weights of one of its checkpoints, and sets the threads of the
/// recipe. Throws Error where `path` holds no run, lacks the checkpoint, or is not finished and
/// "last" is what was asked for or is judged, where a label is given and the data is no manifest,
/// or where the data is nowhere.
TrainedRun open_trained_run(const std::filesystem::path& path,
                            const TrainedRunOptions& options = {});

/// How the data differs in its samples from what the run was trained on, as a sentence; empty where
/// it does not, or where the run does not know.
std::string difference(const RunFolder& run, const data::Splits& data);

}  // namespace cmc::runs
