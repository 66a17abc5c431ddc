#pragma once

#include <string>
#include <string_view>

namespace cmc::report {

/// A picture of the report's looks as an SVG document: title, style and the rectangle of paper
/// under `body`. Its classes have the report's colours on light paper and on dark: fig (ink),
/// fig-muted, fig-paper, fig-grid, fig-0 … fig-9 (series), fig-known (what is known or limits), and
/// fig-dark, ink that stays dark. `fixed`: shown in its own size, and not as wide as there is room.
std::string svg_document(double width, double height, std::string_view title, std::string_view body,
                         bool fixed = false);

/// Text at a place; `anchor`: "start", "middle" or "end"; `more`: further attributes.
std::string svg_text(double x, double y, std::string_view anchor, std::string_view words,
                     std::string_view more = "");

}  // namespace cmc::report
