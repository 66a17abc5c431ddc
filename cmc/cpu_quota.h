#pragma once

#include <filesystem>

namespace cmc {

/// The processor time that this process's control groups allow it, in cores: 1.5 where a container
/// was started with a CPU limit of 1.5; infinity where there is no limit. Reads the cpu.max files
/// of version 2 and the cpu.cfs_quota_us files of version 1, of the group and of those around it.
/// `groups`: where they are mounted; `own`: the file that names this process's.
double cpu_quota(const std::filesystem::path& groups = "/sys/fs/cgroup",
                 const std::filesystem::path& own = "/proc/self/cgroup");

}  // namespace cmc
