#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cmc::app {

/// Where a command's result goes as JSON: `--json FILE` writes it beside what is printed,
/// `--json -` prints it in place of that.
class JsonOutput {
 public:
  /// Adds --json FILE to `command`; `what` says what is written.
  void add_option(CLI::App& command, const std::string& what = "the figures");
  /// Throws Error where the file can't be written: to be found before the work.
  void check_writable() const;
  /// Whether it takes the place of what is printed otherwise.
  bool is_printed() const { return file_ == "-"; }
  /// Writes or prints `result`; does nothing where no --json was given.
  void write(const nlohmann::json& result) const;

 private:
  std::string file_;
};

}  // namespace cmc::app
