#include "cmc/processor.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "cmc/cpu_quota.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cmc {

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  // Part of a core is worth a thread too: it runs until the quota is used up.
  const double quota = std::ceil(cpu_quota());
  return static_cast<int>(
      std::clamp(quota, 1.0, static_cast<double>(std::max(1, CPU_COUNT(&set)))));
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

#if defined(__x86_64__)

namespace {

bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1u << 22)) != 0;  // AMX-BF16
}

}  // namespace

std::string instruction_set() {
  if (__builtin_cpu_supports("avx512bf16"))
    return has_amx() ? "AVX-512 BF16 + AMX" : "AVX-512 BF16";
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  return __builtin_cpu_supports("avx2") ? "AVX2" : "baseline";
}

#else

std::string instruction_set() {
  return "baseline";
}

#endif

}  // namespace cmc
