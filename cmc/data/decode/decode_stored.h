#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes a JPEG, PNG, WebP, TIFF, GIF or BMP by its content, whatever its name, with the channels
/// and bits that are stored (a JPEG with `jpeg_channels`, 1 or 3). Throws UnreadableError, with
/// `name` and the byte, where the file is empty, foreign, truncated or damaged. Of a JPEG the part
/// that `choose` names, as decode_jpeg() has it.
StoredPicture decode_stored(std::span<const std::uint8_t> bytes, const std::string& name,
                            int jpeg_channels, const ChooseCutout& choose = nullptr,
                            DataRead read = DataRead::all);

}  // namespace cmc::data
