#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cmc::report {

/// Text with the five characters that HTML gives a meaning replaced: & < > " '. Safe between tags
/// and between quotes.
std::string escape_html(std::string_view text);

/// Fills an HTML template. The language is the core of Mustache:
///
///     {{name}}             the value, escaped
///     {{{name}}}           the value as it is
///     {{#name}}…{{/name}}  once for each element of an array; once, inside the value, for an
///     object; once
///                          for any other value but false, null, "" and an empty array
///     {{^name}}…{{/name}}  once for false, null, "" and an empty array
///     {{.}}                the array's present element
///
/// Names are looked for from the innermost object outwards. Unlike Mustache, a name that is nowhere
/// is an Error, since it is a misspelling in the template.
std::string render_mustache(std::string_view text, const nlohmann::json& values);

}  // namespace cmc::report
