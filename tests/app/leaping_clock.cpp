// The time of day, a day earlier or later at each look; the clock that durations are measured by
// stays.
#include <dlfcn.h>
#include <time.h>

#include <atomic>

extern "C" int clock_gettime(clockid_t clock, struct timespec* time) {
  using Function = int (*)(clockid_t, struct timespec*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  static std::atomic<unsigned> looks = 0;
  const int result = real(clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += (looks++ % 2 == 0 ? -1 : 1) * 86400L;
  return result;
}
