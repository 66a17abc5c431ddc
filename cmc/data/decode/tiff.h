#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cmc/data/decode/stored_picture.h"
#include "cmc/error.h"

namespace cmc::data {

/// Decodes the first page of a TIFF: grey or R, G, B, each with or without alpha. Values of 8 or 16
/// bits without sign and of 32-bit floats are kept as they are; palettes, CMYK, YCbCr, L*a*b* and
/// less than 8 bits become R, G, B of 8 bits.
///
/// Alpha is what the tag ExtraSamples declares, associated (the picture is premultiplied) or not; a
/// sample beyond the colours without that tag is alpha too, and one of unspecified meaning is left
/// out. Throws UnreadableError, with `name`, where the file is cut or damaged, has other values, or
/// five bands or more.
StoredPicture decode_tiff(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace cmc::data
