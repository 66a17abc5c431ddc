#pragma once

#include <string>
#include <vector>

namespace cmc::app {

/// What `cmc --version` prints: versions, BLAS, instruction set, processor and these devices. Needs
/// no libtorch, so that it is there at once.
std::string version_text(const std::vector<std::string>& devices);

}  // namespace cmc::app
