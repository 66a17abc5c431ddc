#pragma once

#include <cstdlib>
#include <filesystem>

namespace cmc::data {

/// The folder of real data sets beside the source tree; CMC_SHARED_DATA names another.
inline std::filesystem::path shared_data() {
  if (const char* const folder = std::getenv("CMC_SHARED_DATA")) return folder;
  return std::filesystem::path(CMC_SOURCE_DIR) / ".." / "shared" / "data";
}

}  // namespace cmc::data
