#pragma once

#include <filesystem>
#include <memory>

#include "cmc/files/lock_file.h"

namespace cmc::app {

/// The lock of a run, where `output` is a file in its folder; null where it goes elsewhere. Throws
/// Error where another process writes into the run.
std::unique_ptr<files::LockFile> lock_where_inside(const std::filesystem::path& run,
                                                   const std::filesystem::path& output);

}  // namespace cmc::app
