#pragma once

#include <string>
#include <vector>

#include "app/command_description.h"

namespace cmc::app {

/// What a shell reads to complete the program's commands, options and values. Recipes that ship
/// are asked of `cmc recipes` as they are completed.
std::string bash_completion(const std::vector<CommandDescription>& commands);
std::string zsh_completion(const std::vector<CommandDescription>& commands);
std::string fish_completion(const std::vector<CommandDescription>& commands);

}  // namespace cmc::app
