#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cmc::report {

/// Text with the five characters that HTML gives a meaning replaced: & < > " '. Safe between tags
/// and between quotes.
std::string escape_html(std::string_view text);

/// Fills an HTML template in the Mustache language. A section is left out for false, null, "" and
/// an empty array. Unlike Mustache, a name that is nowhere is an Error, since it is a misspelling
/// in the template.
std::string render_mustache(std::string_view text, const nlohmann::json& values);

}  // namespace cmc::report
