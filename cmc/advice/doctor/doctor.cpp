#include "cmc/advice/doctor/doctor.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "cmc/advice/doctor/representation_findings.h"
#include "cmc/advice/doctor/training_findings.h"
#include "cmc/with_commas.h"

namespace cmc::advice {

Diagnosis diagnose(const RunFigures& run) {
  Diagnosis diagnosis{.findings = training_findings(run), .seen = {}, .unseen = {}};
  std::ranges::move(representation_findings(run), std::back_inserter(diagnosis.findings));
  const auto look = [&](bool there, const std::string& what, const std::string& how) {
    if (there)
      diagnosis.seen.push_back(what);
    else
      diagnosis.unseen.push_back(how.empty() ? what : fmt::format("{} ({})", what, how));
  };
  const std::string planned =
      run.planned_steps > 0 ? fmt::format(" of {}", with_commas(run.planned_steps)) : "";
  look(!run.metrics.training.empty(),
       fmt::format("the metrics of {}{} steps", with_commas(run.steps_done()), planned), "");
  look(!run.metrics.held_out.empty(), "held-out samples", "data.held_out");
  look(run.evaluation.has_value(), "the evaluation", "cmc evaluate");
  look(run.information.has_value(), "what the views share", "cmc information");
  look(run.repeated_samples.has_value(), "repeated training samples", "cmc data");
  return diagnosis;
}

nlohmann::json to_json(const Diagnosis& diagnosis) {
  return {{"findings", to_json(diagnosis.findings)},
          {"seen", diagnosis.seen},
          {"unseen", diagnosis.unseen}};
}

}  // namespace cmc::advice
