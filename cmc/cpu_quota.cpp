#include "cmc/cpu_quota.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace cmc {
namespace {

namespace fs = std::filesystem;
constexpr double unlimited = std::numeric_limits<double>::infinity();

double in_cores(double quota, double period) {
  return quota > 0 && period > 0 ? quota / period : unlimited;
}

/// Version 2: "QUOTA PERIOD", or "max PERIOD".
double limit_of(const fs::path& group) {
  double quota = 0, period = 0;
  std::ifstream in(group / "cpu.max");
  if (in >> quota >> period) return in_cores(quota, period);
  std::ifstream quota_file(group / "cpu.cfs_quota_us"), period_file(group / "cpu.cfs_period_us");
  if (quota_file >> quota && period_file >> period) return in_cores(quota, period);  // −1: no limit
  return unlimited;
}

/// The least limit of a group and of all around it, up to the mount. In a container the file may
/// name a group as the host sees it, of which the mount holds the end alone or nothing.
double least_limit(const fs::path& mount, const fs::path& group) {
  double least = limit_of(mount);
  fs::path place = mount;
  for (const fs::path& part : group.relative_path()) {
    place /= part;
    least = std::min(least, limit_of(place));
  }
  return least;
}

}  // namespace

double cpu_quota(const fs::path& groups, const fs::path& own) {
  double least = unlimited;
  std::ifstream in(own);
  for (std::string line; std::getline(in, line);) {  // ID:CONTROLLERS:PATH
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, least_limit(groups, group));
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      least = std::min(
          {least, least_limit(groups / controllers, group), least_limit(groups / "cpu", group)});
    }
  }
  return least;
}

}  // namespace cmc
