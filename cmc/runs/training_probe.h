#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <string>

#include "cmc/recipe/recipe.h"
#include "cmc/runs/setup.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"

namespace cmc::runs {

/// Why a run's training can't be probed on the way, as a sentence; empty where it can
/// (evaluation::why_no_probe).
std::string why_no_training_probe(const Setup& setup);

/// What Trainer::probe_with takes: the views that evaluation judges (judged_views), by the model's
/// encoders as they are when it is asked.
std::function<training::ProbeFigures()> training_probe(const Setup& setup,
                                                       const training::Model& model,
                                                       const recipe::Recipe& recipe,
                                                       at::Device device, bool bfloat16);

}  // namespace cmc::runs
