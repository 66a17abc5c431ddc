#include "benchmarks/memory.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace cmc::benchmarks {
namespace {

/// A field of /proc/self/status, in bytes.
std::int64_t memory_status(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(field, 0) == 0) return std::stoll(line.substr(field.size() + 1)) * 1024;
  return 0;
}

}  // namespace

std::int64_t peak_bytes(const std::function<void()>& work) {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
  const std::int64_t before = memory_status("VmRSS:");
  work();
  return std::max<std::int64_t>(0, memory_status("VmHWM:") - before);
}

}  // namespace cmc::benchmarks
