#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cmc::report {

/// Lines of cells as plain text, columns as wide as their widest cell (in code points): the first
/// `names` columns flush left, the figures after them flush right. All lines have as many cells as
/// the first.
std::string text_table(const std::vector<std::vector<std::string>>& lines, std::size_t names);

}  // namespace cmc::report
