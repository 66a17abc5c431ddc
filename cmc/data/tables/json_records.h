#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cmc/data/tables/record_file.h"

namespace cmc::data {

/// JSON lines: a value a line; lines of blanks are none.
class JsonLinesGrammar : public RecordGrammar {
 public:
  std::optional<Place> first(std::string_view text, bool whole) override;
};

/// The elements of a JSON array, from behind its opening bracket on.
class JsonArrayGrammar : public RecordGrammar {
 public:
  std::optional<Place> first(std::string_view text, bool whole) override;
};

/// Where the JSON value ends that begins at byte `at`, by its brackets and quotes alone; the text's
/// length where it goes on behind it.
std::size_t json_value_end(std::string_view text, std::size_t at);

/// A JSON text with NaN, Infinity and -Infinity, where they stand outside strings, in quotes.
std::string quote_json_constants(std::string_view text);

}  // namespace cmc::data
