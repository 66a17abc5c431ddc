#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::draft {

/// The words of a name in small letters: "meanRadius_2 (mm)" has mean, radius, 2, mm. They end
/// where no letter or digit stands, where a capital follows a small letter, and between letters and
/// digits.
std::vector<std::string> words(std::string_view name);

/// Whether one of the words of a name is one of these.
bool says(std::string_view name, std::span<const std::string_view> wanted);

/// A name for a view, free of what means something in a path or in --set: its letters and digits of
/// ASCII in small, the rest as "-"; "view" where nothing is left.
std::string view_name(std::string_view text);

/// A text as TOML's basic string, quotes around it.
std::string toml_text(std::string_view text);

}  // namespace cmc::draft
