#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cmc::runs {

/// This library's version, such as "0.1.0".
std::string version();

/// What a run's figures depend on beside its recipe: "cmc", "libtorch", "blas", "instruction_set",
/// "processor", "cores", "threads", "devices" (a list of names).
nlohmann::json environment();

}  // namespace cmc::runs
