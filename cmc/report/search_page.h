#pragma once

#include <string>
#include <vector>

namespace cmc::report {

/// A picture on the page: the bytes of a PNG and its caption.
struct Thumbnail {
  std::string png;
  std::string caption;
};

/// A query and what was found for it, the nearest first.
struct SearchRow {
  Thumbnail query;
  std::vector<Thumbnail> found;
};

/// One HTML file, no network, that shows what was found in view `to` for queries seen in view
/// `from`.
std::string search_page(const std::string& from, const std::string& to,
                        const std::vector<SearchRow>& rows);

}  // namespace cmc::report
