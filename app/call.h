#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cmc::app {

/// The words of a call as the program parses them: `cmc help train` is `cmc train --help`, and
/// `cmc help` and `cmc` alone are `cmc --help`.
std::vector<std::string> call_of(const std::vector<std::string>& words);

/// Throws UsageError where the first word is no option and names no command, with the command that
/// it means.
void check_command(const CLI::App& program, const std::vector<std::string>& words);

/// What a person is told of words that the parsed command does not know; `error` is CLI11's own
/// text. Of an option it names the nearest one, or the key of the recipe that it means.
std::string unexpected(const CLI::App& program, const std::string& error);

}  // namespace cmc::app
