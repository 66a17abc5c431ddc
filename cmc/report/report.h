#pragma once

#include <string>

#include "cmc/report/report_input.h"

namespace cmc::report {

/// A run as one HTML file: its main result as a sentence, the probe's tables and bars, the curves
/// of loss and information, what the views look like, nearest neighbours across views, a map of the
/// embeddings, the confusion matrix, the recipe and the environment. It holds its pictures, styles
/// and scripts and forbids itself the network.
///
///     const auto run = runs::RunFolder::open("runs/fashion-mnist");
///     files::write_atomically(run.report_file(), render(report_input(run)));
///
/// Throws Error where what the run records of its environment is not as it should be.
std::string render(const ReportInput& input);

}  // namespace cmc::report
