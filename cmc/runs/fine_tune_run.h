#pragma once

#include <filesystem>

#include "cmc/evaluation/fine_tune.h"
#include "cmc/runs/trained_run.h"

namespace cmc::runs {

/// Goes on training a run's encoders with labels, in place (evaluation::fine_tune); the options'
/// seed, device, precision and workers are the run's.
evaluation::FineTuneResult fine_tune(TrainedRun& trained, evaluation::FineTuneOptions options);

/// Keeps the encoders as they are as the run's checkpoint "finetuned", and returns its file.
std::filesystem::path keep_fine_tuned(TrainedRun& trained);

}  // namespace cmc::runs
