#pragma once

#include <string>

#include "cmc/advice/doctor/doctor.h"

namespace cmc::report {

/// What `cmc doctor` prints: a table of the findings with their figures and the keys to change, the
/// sentences, and what was looked at.
std::string doctor_summary(const advice::Diagnosis& diagnosis);

/// "Looked at: the metrics of 1,000 of 1,000 steps, held-out samples. Not there: the evaluation
/// (cmc evaluate)."
std::string looked_at(const advice::Diagnosis& diagnosis);

}  // namespace cmc::report
