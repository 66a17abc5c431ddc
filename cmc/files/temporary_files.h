#pragma once

#include <filesystem>

namespace cmc::files {

/// Notes a file that must not outlive the process, such as one that is half written. Returns its
/// place among those that are noted; -1 where there are more than the process has places for.
int note_temporary(const std::filesystem::path& path);

/// Forgets the file of that place, which has been renamed or removed; -1 is none.
void forget_temporary(int place) noexcept;

/// Removes the files that are noted. A signal handler may call it (POSIX: async-signal-safe).
void remove_temporaries() noexcept;

}  // namespace cmc::files
