#pragma once

#include <string>
#include <vector>

namespace cmc::report {

/// A sample on the page, and its caption.
struct Thumbnail {
  std::string png;  ///< the bytes of a PNG
  std::string caption;
  std::string text = {};  ///< shown in place of the picture, where it isn't empty
  std::string wav = {};   ///< the bytes of a WAV that can be played; empty: none
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
