#pragma once

#include <memory>
#include <string>

#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// Rows made of file names: one for each file found by walk_folder whose path has the form of
/// `pattern`, in the order of their paths. A field in braces, which stands for one character or
/// more up to the nearest match of what follows it, but for no slash, is a column; the column
/// "file" holds the path from the folder before the first field.
///
///     "digits/{digit}_{speaker}_{take}.wav"   // columns digit, speaker, take, file
///     "nyu/{scene}/rgb_{frame}.jpg"           // columns scene, frame, file
///
/// Throws Error where no file has the form, or for a pattern with an open brace, an empty or a
/// repeated field.
std::shared_ptr<const Rows> open_file_names(const std::string& pattern);

}  // namespace cmc::data
