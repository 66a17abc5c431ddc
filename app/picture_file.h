#pragma once

#include <filesystem>
#include <string>

namespace cmc::app {

/// Where a command's picture goes. `asked` is what --output names; where that is empty, the first
/// of runs/NAME-WHAT.png, runs/NAME-WHAT-2.png, … that is not there yet. Throws UsageError where
/// the file that was asked for is there and `force` is not given, Error where it can't be written.
std::filesystem::path picture_file(const std::string& asked, bool force, const std::string& run,
                                   const std::string& what);

}  // namespace cmc::app
