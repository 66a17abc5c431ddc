#include "cmc/data/decode/band_files.h"

#include <fmt/format.h>

#include "cmc/data/decode/decode_bands.h"
#include "cmc/data/decode/value_bytes.h"

namespace cmc::data {

cv::Mat BandFiles::read(const std::filesystem::path& path) const {
  const std::string name = path.string();
  const Bands bands = decode_bands(value_bytes(path), name, std::ssize(names_));
  const int count = bands.values.channels();
  if (!names_.empty() && std::ssize(names_) != count)
    throw UnreadableError(
        fmt::format("{}: {} bands, and names lists {}: it must name each band of the file", name,
                    count, names_.size()));
  const std::lock_guard lock(mutex_);
  if (first_.bands == 0) first_ = {name, bands.type, count};
  if (count != first_.bands)
    throw UnreadableError(
        fmt::format("{}: {} bands where {} has {}: all files of a view must have as many", name,
                    count, first_.path, first_.bands));
  if (bands.type != first_.type)
    throw UnreadableError(fmt::format(
        "{}: bands of {} where those of {} are of {}: all files of a view must have one type, "
        "since another type's numbers are on another scale",
        name, bands.type, first_.path, first_.type));
  return bands.values;
}

}  // namespace cmc::data
