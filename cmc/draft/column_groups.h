#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cmc::draft {

/// Columns that their names put together.
struct ColumnGroup {
  std::string name = {};                  ///< the word that they share; "rest" for what shares none
  std::vector<std::size_t> members = {};  ///< places in the list of names, ascending
};

/// Groups columns by the word that their names begin or end with: mean_radius, mean_area,
/// worst_radius, worst_area are "mean" and "worst"; a0 … a3, b0 … b3 are "a" and "b". The largest
/// group is taken first. Nothing where this doesn't come to 2 to 6 groups of at least two columns
/// that hold three quarters of all; the others are the group "rest", or join the smallest where
/// there is but one.
std::optional<std::vector<ColumnGroup>> group_by_name(const std::vector<std::string>& names);

}  // namespace cmc::draft
