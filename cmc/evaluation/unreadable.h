#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "cmc/data/unreadable.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::evaluation {

/// Appends those of `found` that `known` lacks: each name and reason occurs once, wherever the
/// sample was found.
void add_unreadable(std::vector<data::UnreadableSample>& known,
                    const std::vector<data::UnreadableSample>& found);

/// Those of all processes of a group; without one (nullptr) the process's own.
std::vector<data::UnreadableSample> of_all(distributed::ProcessGroup* group,
                                           const std::vector<data::UnreadableSample>& own);

/// A list of {"name", "reason"}. An index tells nothing outside the part that was read, and is left
/// out.
nlohmann::json unreadable_to_json(const std::vector<data::UnreadableSample>& samples);

/// The reverse; indices are 0. Throws Error where the list is not as it should be.
std::vector<data::UnreadableSample> unreadable_from_json(const nlohmann::json& list);

}  // namespace cmc::evaluation
