#pragma once

#include <filesystem>

namespace cmc::files {

// Files that must not outlive the process, such as one that is half written. Each has a place in a
// table; -1 stands for none, where there are more than the process has places for.

/// Announces a file before it is made. Where remove_temporaries() was called by another thread, the
/// process is at its end: this doesn't return then.
int announce_temporary(const std::filesystem::path& path);

/// The file of that place is this process's own: it has locked it (flock), as none other has.
void own_temporary(int place) noexcept;

/// Forgets the file of that place, which has been renamed or removed, or is another process's.
void forget_temporary(int place) noexcept;

/// Removes the files that are owned, and those that are announced and that no process holds the
/// lock of. A signal handler may call it; the calls are POSIX's async-signal-safe ones and flock.
void remove_temporaries() noexcept;

}  // namespace cmc::files
