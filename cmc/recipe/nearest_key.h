#pragma once

#include <string>
#include <string_view>

namespace cmc::recipe {

/// The key of a recipe that a person means by `key`, with its table: the one of that name in
/// another table ("temperature": contrast.temperature), the one that others call so ("lr":
/// train.learning_rate), or one that is spelt nearly so. Empty where there is none. A table in
/// front of it doesn't count, nor do capitals or "-" for "_".
std::string nearest_key(std::string_view key);

/// The same without what is only spelt nearly so.
std::string key_by_meaning(std::string_view key);

}  // namespace cmc::recipe
