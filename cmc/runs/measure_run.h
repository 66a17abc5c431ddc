#pragma once

#include "cmc/evaluation/information.h"
#include "cmc/runs/trained_run.h"

namespace cmc::runs {

/// Measures what a run's views share (evaluation::measure_information), beside what its training
/// said last; the options' seed, batch size, device and workers are the run's.
evaluation::InformationMeasurement measure_information(const TrainedRun& trained,
                                                       evaluation::InformationOptions options);

}  // namespace cmc::runs
