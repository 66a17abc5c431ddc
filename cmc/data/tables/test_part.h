#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// Whether a part's name means what is held out ("test", "val", …, in any case) or what is trained
/// on ("train", "training"); nothing where it is no part's name.
std::optional<bool> is_held_part(std::string_view name);

/// Which rows are the test part, as `options` (part, test_groups, test_samples, held_out) choose
/// it; `key` and `group` are the columns of names and groups. Throws Error, with the line, for a
/// part of an unknown name; and for a group that does not occur, with the nearest one.
std::vector<bool> test_part(const Rows& rows, const ManifestOptions& options,
                            const Missing& missing, std::optional<std::size_t> key,
                            std::optional<std::size_t> group);

}  // namespace cmc::data
