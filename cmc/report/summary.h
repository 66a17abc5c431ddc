#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cmc::report {

/// The results of an evaluation as plain text: one table for the linear probe and one for the
/// nearest neighbours, a line for each view and kind of features, a column for each number of
/// labels, in percent of the samples judged. Takes the content of evaluation.json; throws Error
/// where it lacks a key.
std::string summary(const nlohmann::json& evaluation);

}  // namespace cmc::report
