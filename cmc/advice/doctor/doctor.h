#pragma once

#include <string>
#include <vector>

#include "cmc/advice/doctor/finding.h"
#include "cmc/advice/doctor/run_figures.h"

namespace cmc::advice {

/// What is wrong with a run.
struct Diagnosis {
  std::vector<Finding> findings;  ///< causes before what they lead to; empty: nothing was found
  std::vector<std::string> seen;  ///< what was looked at, such as "the metrics of 1,000 steps"
  std::vector<std::string>
      unseen;  ///< what was not there: "what the views share (cmc information)"
};

/// training_findings and representation_findings.
Diagnosis diagnose(const RunFigures& run);

/// {"findings": to_json of them, "seen", "unseen"}.
nlohmann::json to_json(const Diagnosis& diagnosis);

}  // namespace cmc::advice
