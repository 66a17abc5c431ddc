#pragma once

#include <toml++/toml.h>
#include <string>
#include <string_view>

namespace cmc::recipe {

/// Throws UsageError, with its line, for a key of more dots than any recipe has. `source` names the
/// text.
void check_dots(std::string_view text, const std::string& source);

/// Puts "a.b=value", or "view.NAME.b=value" for the [[view]] of that name, into the table; a value
/// that is no TOML is a text. Throws UsageError for a text of another form.
void set(toml::table& table, const std::string& text);

}  // namespace cmc::recipe
