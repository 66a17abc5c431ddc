#include "cmc/data/decode/read_value.h"

#include <vector>

#include "cmc/data/decode/decode_audio.h"
#include "cmc/data/decode/decode_depth.h"
#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npy.h"

namespace cmc::data {
namespace {

std::vector<std::uint8_t>& bytes_of(const std::filesystem::path& path) {
  thread_local std::vector<std::uint8_t> bytes;
  try {
    files::read_file(path, bytes);
  } catch (const Error& error) {
    throw UnreadableError(error.what());  // The other files may well be there.
  }
  return bytes;
}

}  // namespace

cv::Mat read_value(const std::filesystem::path& path, const SourceOptions& options) {
  switch (options.kind) {
    case SourceKind::image:
      return decode_image(bytes_of(path), path.string(), static_cast<int>(options.channels));
    case SourceKind::depth:
      return decode_depth(bytes_of(path), path.string(), options.unit);
    case SourceKind::audio:
      return decode_audio(path, options.rate);
    case SourceKind::array:
      return files::read_npy(path, options.entry);
    case SourceKind::table:
      break;
  }
  fail("{}: a row of a table has no file of its own", path.string());
}

}  // namespace cmc::data
