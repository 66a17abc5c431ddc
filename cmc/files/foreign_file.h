#pragma once

#include <string>
#include <string_view>

namespace cmc::files {

/// What a file is that is no text, by its first 512 bytes, and what makes a table of text from it:
/// "a Parquet file: pandas.read_parquet(…).to_csv(…, index=False) makes a table of it". Empty where
/// it is none that is known.
std::string foreign_kind(std::string_view head);

}  // namespace cmc::files
