#include "app/signals.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cmc/files/mapped_files.h"
#include "cmc/files/temporary_files.h"

namespace cmc::app {
namespace {

std::atomic<bool> asks_first = false;
std::atomic<bool> requested = false;
std::atomic<int> caught = 0;
std::atomic<const char*> last_line = nullptr;

/// As a signal handler may: without memory and locks.
void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void end_by(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  ::raise(signal);
}

void on_end(int signal) {
  if (asks_first && caught.exchange(signal) == 0) {
    requested = true;
    if (::isatty(STDERR_FILENO) != 0) say("\n");
    say("stopping; a second signal ends it at once\n");
    return;
  }
  files::remove_temporaries();
  if (::isatty(STDERR_FILENO) != 0) say("\n");
  if (const char* const line = last_line) say(line);
  end_by(signal);  // which takes effect as this function returns
}

void on_cut_file(int signal, siginfo_t* about, void*) {
  const char* const file = files::mapped_file_at(about->si_addr);
  if (file == nullptr) {  // no file's doing
    end_by(signal);
    return;
  }
  files::remove_temporaries();
  say("cmc: ");
  say(file);
  say(": the file was cut short, or can't be read any more, while it was in use\n");
  ::_exit(EXIT_FAILURE);
}

}  // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_end;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);

  struct sigaction cut {};
  cut.sa_sigaction = on_cut_file;
  cut.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &cut, nullptr);

  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, nullptr);
  ::sigaction(SIGXFSZ, &ignored, nullptr);
  std::atexit(files::remove_temporaries);  // for libraries that call exit()
}

const std::atomic<bool>& stop_requested() {
  asks_first = true;
  return requested;
}

void say_when_ended(const char* line) {
  last_line = line;
}

void end_as_requested() {
  std::fflush(nullptr);
  files::remove_temporaries();
  end_by(caught);
  std::_Exit(128 + caught);  // where the signal is blocked
}

}  // namespace cmc::app
