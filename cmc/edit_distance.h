#pragma once

#include <cstddef>
#include <string_view>

namespace cmc {

/// How many letters must be put in, taken out or replaced to make `b` of `a` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Whether a name is another but for slips of the hand: an edit distance of a third of its letters
/// at most (two of five, for two that changed places), and one in a short name.
bool is_misspelt(std::string_view name, std::string_view known);

}  // namespace cmc
