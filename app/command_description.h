#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cmc::app {

/// An option or a positional argument, as manual pages and completions need it.
struct ArgumentDescription {
  std::vector<std::string> names = {};    ///< "-k", "--k"; the bare name of a positional one
  std::string value = {};                 ///< what stands for its value: "FILE"; empty for a flag
  std::vector<std::string> choices = {};  ///< the values that it takes, where they are few
  std::string range = {};                 ///< "INT in [1 - 100]"; empty where it has none
  std::string initial = {};               ///< its value unless given
  std::string help = {};
  bool required = false;
};

/// A command of the program, or the program itself.
struct CommandDescription {
  std::string name = {};
  std::string summary = {};
  std::vector<ArgumentDescription> positionals = {};
  std::vector<ArgumentDescription> options = {};
};

CommandDescription describe(const CLI::App& command);

/// The commands that `cmc --help` lists, in its order.
std::vector<CommandDescription> describe_commands(const CLI::App& program);

}  // namespace cmc::app
