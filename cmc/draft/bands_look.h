#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cmc::draft {

/// What a few pictures of many bands have in common.
struct BandsLook {
  std::int64_t bands = 0;
  std::int64_t least_side = 0, greatest_side = 0;  ///< of height and width, pixels
  std::string type = {};                           ///< data::Bands::type of the first

  /// Side of a view: theirs, up to 64 pixels.
  std::int64_t side() const;
  /// "6 bands of 20 to 40 pixels, 16 bits without sign".
  std::string text() const;
};

/// Looks at up to 12 TIFF files or arrays. Nothing where one is of another kind or none can be
/// read, where they differ in bands, or where these are 4 or fewer, which a picture's colours and
/// its alpha may be, or a side is below 8.
std::optional<BandsLook> look_at_bands(const std::vector<std::filesystem::path>& files);

}  // namespace cmc::draft
