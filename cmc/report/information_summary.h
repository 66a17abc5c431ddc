#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cmc::report {

/// A measurement of information as plain text: the bounds of each ordered pair of views by k (where
/// there are more than two views, of the largest k alone), what the representations hold of the
/// labels, the geometry, and the findings. Where samples lack views, n says how many each figure is
/// of. Takes the content of information.json; throws Error where it lacks a key.
std::string information_summary(const nlohmann::json& information);

}  // namespace cmc::report
