#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cmc::files {

/// A text whose ASCII capitals are small; what else it holds stays.
std::string lower_case(std::string_view text);

/// The ending of a file's name in small letters: ".csv" of "walks.CSV"; empty without one.
std::string small_ending(const std::filesystem::path& path);

}  // namespace cmc::files
