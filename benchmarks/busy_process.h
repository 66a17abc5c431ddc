#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmc/error.h"

namespace cmc::benchmarks {

/// A process in a session of its own that keeps a core busy while this lives: the scheduler gives
/// its session as much as the caller's. Throws Error where none can be started.
class BusyProcess {
 public:
  BusyProcess() : process_(::fork()) {
    check(process_ >= 0, "no process could be started");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  }
  ~BusyProcess() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  BusyProcess(const BusyProcess&) = delete;
  BusyProcess& operator=(const BusyProcess&) = delete;

 private:
  pid_t process_;
};

}  // namespace cmc::benchmarks
