#pragma once

#include <atomic>

namespace cmc::app {

/// What the program does when the system or a person interrupts it:
/// - SIGINT, SIGTERM and SIGHUP (unless it was started to ignore that one, as nohup does) end it,
///   after files that are half written are removed. A shell sees 130, 143 and 129.
/// - SIGBUS, for a mapped file that was cut short while it was read, ends it with one line, exit 1.
/// - SIGPIPE and SIGXFSZ are ignored, so that the write that they are about fails and says so.
void handle_signals();

/// From now on the first of the signals that end the program sets the flag that is returned, and
/// the second ends it at once.
const std::atomic<bool>& stop_requested();

/// A line that is printed when a signal ends the program, such as how to go on; it must live on.
void say_when_ended(const char* line);

/// Ends the program as the signal that set the flag would have.
[[noreturn]] void end_as_requested();

}  // namespace cmc::app
