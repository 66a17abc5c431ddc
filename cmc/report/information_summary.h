#pragma once

#include <string>

#include "cmc/evaluation/information.h"

namespace cmc::report {

/// A measurement of information as plain text: the bounds of each ordered pair of views by k (where
/// there are more than two views, of the largest k alone), that of all views together, what the
/// representations hold of the labels, the geometry, and the findings. Where samples lack views, n
/// says how many each figure is of.
std::string information_summary(const evaluation::InformationMeasurement& information);

}  // namespace cmc::report
