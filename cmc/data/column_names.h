#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::data {

/// The place among `names` of the column that is called `column`: by its name, or by its place,
/// "#1" for the first. `where` is the file whose columns they are, and `what` says what asks for
/// it. Throws Error that names the nearest column, and where several have the name.
std::size_t find_name(const std::vector<std::string>& names, std::string_view column,
                      const std::string& where, const std::string& what);

/// Whether find_name finds it. An empty name is no column.
bool has_name(const std::vector<std::string>& names, std::string_view column);

/// The places of several columns, each named as above or as a range "first..last", which stands for
/// all columns from the one to the other. Throws Error where one is named twice.
std::vector<std::size_t> find_names(const std::vector<std::string>& names,
                                    const std::vector<std::string>& columns,
                                    const std::string& where, const std::string& what);

}  // namespace cmc::data
