#include "cmc/allocator.h"

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace cmc {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);  // what one thread freed serves the others
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
  // What its thresholds have grown to by themselves; a call to mallopt ends that growth.
  constexpr int maps = 65536, mib = 1024 * 1024;
  mallopt(M_MMAP_MAX, maps);
  mallopt(M_MMAP_THRESHOLD, 32 * mib);
  mallopt(M_TRIM_THRESHOLD, 64 * mib);
  malloc_trim(0);
#endif
}

}  // namespace cmc
