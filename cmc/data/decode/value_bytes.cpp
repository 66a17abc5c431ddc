#include "cmc/data/decode/value_bytes.h"

#include "cmc/files/file_bytes.h"

namespace cmc::data {

const std::vector<std::uint8_t>& value_bytes(const std::filesystem::path& path) {
  thread_local std::vector<std::uint8_t> bytes;
  try {
    files::read_file(path, bytes);
  } catch (const Error& error) {
    throw UnreadableError(error.what());
  }
  return bytes;
}

}  // namespace cmc::data
