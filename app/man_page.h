#pragma once

#include <string>
#include <vector>

#include "app/command_description.h"

namespace cmc::app {

/// The page cmc(1) in roff: what the program is, and its commands.
std::string program_page(const CommandDescription& program,
                         const std::vector<CommandDescription>& commands);

/// The page of one command, such as cmc-train(1).
std::string command_page(const CommandDescription& command);

}  // namespace cmc::app
