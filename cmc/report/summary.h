#pragma once

#include <string>

#include "cmc/evaluation/evaluation.h"

namespace cmc::report {

/// The results of an evaluation as plain text: one table for the linear probe and one for the
/// nearest neighbours, a line for each view and kind of features, a column for each number of
/// labels, in percent of the samples judged.
std::string summary(const evaluation::Evaluation& evaluation);

}  // namespace cmc::report
