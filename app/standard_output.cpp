#include "app/standard_output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cmc/error.h"

namespace cmc::app {

void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF)
        // The lowest free number is this stream's. Opened the wrong way, it fails as a closed one.
        [[maybe_unused]]
      const int opened = ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void finish_standard_output(int failure) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || failure != 0;
  if (!failed) return;
  if (failure == 0) failure = errno;
  if (failure == EPIPE) {
    ::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
  }
  fail("standard output: can't write to it{}{}", failure == 0 ? "" : ": ",
       failure == 0 ? "" : std::strerror(failure));
}

}  // namespace cmc::app
