#pragma once

#include <functional>
#include <vector>

namespace cmc::app {

/// Does each step, such as writing a file and printing a table, then throws what the first that
/// failed threw: what can't be written takes no other result with it.
void deliver(const std::vector<std::function<void()>>& steps);

}  // namespace cmc::app
