#pragma once

namespace cmc::app {

/// Gives the standard streams that the program was started without a stand-in, before any file is
/// opened in their place. One that is written to fails then.
void open_standard_streams();

/// Writes out what was printed. Throws Error where standard output can't hold it; where nobody
/// reads it any more (a closed pipe) the program ends as SIGPIPE would end it, without a word.
/// `failure` is the system's error number of a write that failed before.
void finish_standard_output(int failure = 0);

}  // namespace cmc::app
