#pragma once

#include <filesystem>
#include <string>

namespace cmc::files {

/// Who holds the lock of a LockFile, such as "process 17 (cmc train)"; empty where nobody does or
/// there is no such file. Takes no lock of its own for longer than it takes to look, and a shared
/// one.
std::string lock_holder(const std::filesystem::path& lock);

}  // namespace cmc::files
