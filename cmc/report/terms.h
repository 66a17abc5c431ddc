#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace cmc::report {

/// The terms of the field that stand in `text`, each with its meaning in a sentence, as pages
/// explain them at their end: [{"id": "ceiling", "term": "ceiling", "meaning": "…"}, …]. Where a
/// letter follows a word it is another word, but for a plural; case is the term's own but for a
/// first letter. docs/README.md has them all.
nlohmann::json terms_in(std::string_view text);

}  // namespace cmc::report
