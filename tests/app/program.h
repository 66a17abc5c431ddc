#pragma once

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace cmc::app::test {

/// What surrounds the program when a person starts it.
struct World {
  std::string output = {};  ///< where its stdout goes; empty: kept, "closed": nowhere, "unread": a
                            ///< pipe that nobody reads
  rlim_t file_size = RLIM_INFINITY;           ///< bytes
  rlim_t memory = RLIM_INFINITY;              ///< bytes of its address space
  bool may_write_anything = true;             ///< false: as a user to whom permissions apply
  bool ignores_hangup = false;                ///< as nohup starts it
  std::vector<std::string> environment = {};  ///< NAME=VALUE
};

struct Outcome {
  int status = 0;  ///< as a shell tells it: the exit code, or 128 + the signal that ended it
  std::string out, err;
};

/// The program while it runs, in a working directory of its own.
class Process {
 public:
  Process(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
          const World& world = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int id() const { return id_; }
  void signal(int number) const { ::kill(id_, number); }
  bool ended();
  /// Waits until `met` holds, the program ends or the time is over; whether `met` holds.
  template <class Condition>
  bool wait_until(const Condition& met,
                  std::chrono::milliseconds most = std::chrono::seconds(100)) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!met()) {
      if (ended() || std::chrono::steady_clock::now() > end) return met();
      pause();
    }
    return true;
  }
  /// Whether it has written to stderr.
  bool has_spoken() const { return !bytes_of(err_).empty(); }
  Outcome wait();

 private:
  static void pause();

  std::filesystem::path out_, err_;
  int id_ = -1;
  int status_ = -1;
};

/// Runs the program to its end.
Outcome run(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
            const World& world = {});

/// Writes series.csv, `rows` samples of two tables of 4 numbers in two classes, and series.toml,
/// a recipe that learns from them on one thread; `keys` stand in its [train].
std::string write_series(const TemporaryFolder& folder, const std::string& keys = "epochs = 2",
                         int rows = 64);

/// Files below the folder whose name holds `part`.
std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& part);

/// Lines of a text.
std::ptrdiff_t lines(const std::string& text);

}  // namespace cmc::app::test
