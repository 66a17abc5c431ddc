#pragma once

#include "cmc/evaluation/evaluate.h"
#include "cmc/runs/trained_run.h"

namespace cmc::runs {

/// Judges a run's representation (evaluation::evaluate); the options' seed, device and workers are
/// the run's. Where a file that the encoders started from is gone, there are no fresh encoders to
/// compare with, and a note says so.
evaluation::Evaluation evaluate(const TrainedRun& trained, evaluation::EvaluateOptions options);

/// Keeps in the run what its report shows of an evaluation beside the figures: pictures of the
/// views, and of the neighbours that it names. The report is of the representation that training
/// ended with: of a layer or of fine-tuned encoders nothing is kept.
void keep_pictures(const TrainedRun& trained, const evaluation::Evaluation& evaluation);

}  // namespace cmc::runs
