#pragma once

#include "cmc/data/decode/stored_picture.h"

namespace cmc::fuzz {

/// Reads every byte of a picture's pixels. Throws std::logic_error where it is not as StoredPicture
/// says.
void look_at(const data::StoredPicture& picture);

}  // namespace cmc::fuzz
