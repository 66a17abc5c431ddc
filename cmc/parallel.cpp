#include "cmc/parallel.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <sched.h>

#include <algorithm>

#include "cmc/error.h"

namespace cmc {

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

void set_threads(int threads) {
  check(threads >= 0, "threads = {}: it must be 0 (one for each core) or more", threads);
  at::set_num_threads(threads == 0 ? available_cores() : threads);
}

std::string blas_name() {
  if (at::hasMKL()) return "MKL";
  // Asked of the loaded libraries by name, since the BLAS is chosen by the system's alternatives at
  // run time.
  using Text = char* (*)();
  using Number = int (*)();
  const auto config = reinterpret_cast<Text>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  if (config != nullptr) {
    const auto core = reinterpret_cast<Text>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
    const auto parallel = reinterpret_cast<Number>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
    const char* const models[] = {"sequential", "pthreads", "OpenMP"};
    const int model = parallel != nullptr ? std::clamp(parallel(), 0, 2) : 0;
    std::string text = config();
    const std::string version = text.substr(0, text.find(' ', text.find(' ') + 1));
    return fmt::format("{} ({}, {})", version, core != nullptr ? core() : "?", models[model]);
  }
  return "reference BLAS";
}

}  // namespace cmc
