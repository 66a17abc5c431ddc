#include "cmc/draft/bands_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/data/decode/decode_bands.h"
#include "cmc/draft/picture_look.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/lower_case.h"

namespace cmc::draft {
namespace {

constexpr std::int64_t most_band_files = 12, most_colours = 4, least_band_side = 8,
                       largest_band_side = 64;

bool may_hold_bands(const std::filesystem::path& file) {
  const std::string ending = files::small_ending(file);
  return ending == ".tif" || ending == ".tiff" || ending == ".npy";
}

}  // namespace

std::int64_t BandsLook::side() const {
  return std::min(least_side, largest_band_side);
}

std::string BandsLook::text() const {
  const std::string pixels = least_side == greatest_side
                                 ? fmt::format("{}", least_side)
                                 : fmt::format("{} to {}", least_side, greatest_side);
  return fmt::format("{} bands of {} pixels a side, {}", bands, pixels, type);
}

std::optional<BandsLook> look_at_bands(const std::vector<std::filesystem::path>& files) {
  std::optional<BandsLook> look;
  for (const std::int64_t i : spread(std::ssize(files), most_band_files)) {
    const std::filesystem::path& path = files[static_cast<std::size_t>(i)];
    if (!may_hold_bands(path)) return std::nullopt;
    try {
      const files::FileBytes file = files::map_file(path);
      const data::Bands read = data::decode_bands(file.bytes, path.string());
      const std::int64_t bands = read.values.channels();
      const std::int64_t least = std::min(read.values.rows, read.values.cols),
                         greatest = std::max(read.values.rows, read.values.cols);
      if (bands <= most_colours || least < least_band_side || (look && look->bands != bands))
        return std::nullopt;
      if (!look)
        look = BandsLook{
            .bands = bands, .least_side = least, .greatest_side = greatest, .type = read.type};
      look->least_side = std::min(look->least_side, least);
      look->greatest_side = std::max(look->greatest_side, greatest);
    } catch (const Error&) {
      continue;  // training says what is wrong with it
    }
  }
  return look;
}

}  // namespace cmc::draft
