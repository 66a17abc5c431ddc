#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {

/// All bytes of the file of one value, until this thread asks for the next. Throws UnreadableError
/// where it can't be read: the others may well be there.
const std::vector<std::uint8_t>& value_bytes(const std::filesystem::path& path);

}  // namespace cmc::data
