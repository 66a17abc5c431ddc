#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/report/report_input.h"
#include "cmc/report/results.h"

/// The values that each section of report.html names, as one JSON object a section; what is shown
/// as a chart is under "chart" and reaches report.js as data.
namespace cmc::report {

/// "headline", "lede" and the key figures of the page's head. `results` may be null: not evaluated
/// yet.
nlohmann::json head_section(const ReportInput& input, const Results* results);

/// Accuracy of the probe and of the nearest neighbours: bars for each view, and both tables.
nlohmann::json probe_section(const Results& results);

/// How well classes are found by their names; null where that was not asked for.
nlohmann::json zero_shot_section(const evaluation::Evaluation& evaluation);

/// Loss and information over training, and the probes on the way; null where the run has no point
/// yet. `measured`: whether `cmc information` told what the views share.
nlohmann::json curves_section(const runs::Metrics& metrics, bool measured);

/// What `cmc information` measured: its findings, the bounds by k, labels, geometry; null where it
/// null.
nlohmann::json information_section(const evaluation::InformationMeasurement* information);

/// What may be wrong with the run, and what was looked at.
nlohmann::json doctor_section(const advice::Diagnosis& diagnosis);

/// Nearest neighbours in one view of samples seen in another, grouped by the two views; null for
/// none, and where the run was not evaluated yet.
nlohmann::json neighbours_section(const ReportInput& input);

/// The 2-D map of embeddings; null for none.
nlohmann::json map_section(const evaluation::Evaluation& evaluation);

/// The confusion matrix with each class's recall, and the pairs most often confused; null for none.
nlohmann::json confusion_section(const evaluation::Evaluation& evaluation);

/// The colour axes that a generator of views has learned (runs::learned_axes), each in words and as
/// the two colours at its ends; null for none.
nlohmann::json learned_axes_section(const nlohmann::json& environment);

/// RunFolder::info as name and value, nested objects flattened.
nlohmann::json environment_section(const nlohmann::json& environment);

/// The name of class `label`: "class 7" where classes have no names, "unlabelled" for
/// data::no_label.
std::string class_name(const evaluation::Evaluation& evaluation, std::int64_t label);

/// "test", or "training" where there is no test part: whose samples are shown.
std::string judged_part(const evaluation::Evaluation& evaluation);

/// The held-out point with the largest bound; null where there is none.
const training::HeldOutFigures* best_held_out(const runs::Metrics& metrics);

}  // namespace cmc::report
