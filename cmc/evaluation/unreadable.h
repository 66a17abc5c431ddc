#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "cmc/data/unreadable.h"

namespace cmc::evaluation {

/// Appends those of `found` that `known` lacks: each name and reason occurs once, wherever the
/// sample was found.
void add_unreadable(std::vector<data::UnreadableSample>& known,
                    const std::vector<data::UnreadableSample>& found);

/// A list of {"name", "reason"}, as run.json and evaluation.json have it. An index tells nothing
/// outside the part that was read, and is left out.
nlohmann::json unreadable_to_json(const std::vector<data::UnreadableSample>& samples);

/// The reverse; indices are 0. Throws nlohmann::json::exception where a key is missing.
std::vector<data::UnreadableSample> unreadable_from_json(const nlohmann::json& list);

/// The list "unreadable" of a run's run.json with those of `samples` that it lacks.
nlohmann::json known_unreadable(const nlohmann::json& run,
                                const std::vector<data::UnreadableSample>& samples);

}  // namespace cmc::evaluation
