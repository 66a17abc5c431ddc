#pragma once

#include <map>
#include <string>

#include "cmc/exchange/load.h"

namespace cmc::exchange {

/// What a file that is handed on says of itself: "cmc" (version), "view", "output" and its shape
/// and type, the encoder's input ("input", in shape, type and words), "recipe" (TOML) and
/// "recipe_sha256", "checkpoint", "steps"; of a table "columns", JSON: [{"name", "categories"}];
/// of what is standardised "standardization", JSON: {"mean", "deviation", "missing"}.
std::map<std::string, std::string> describe(const LoadedRun& run, std::size_t view, Output output);

/// A checksum of an encoder's weights.
std::string weights_checksum(const LoadedRun& run, std::size_t view);

}  // namespace cmc::exchange
