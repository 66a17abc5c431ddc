#pragma once

#include <string>
#include <vector>

namespace cmc::advice {

/// A measured point with its error bar; low = high = y where there is none.
struct Point {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
  std::string label = {};  ///< stands beside the marker
};

struct Series {
  std::string label;
  std::vector<Point> points;
  bool dashed = false;  ///< for what is known or limits, such as the truth or a ceiling
  bool markers = true;  ///< whether points are drawn
  bool joined = true;   ///< whether a line joins them
};

struct Figure {
  std::string name;  ///< of its file, NAME.svg
  std::string title;
  std::string x_label;
  std::string y_label;
  bool logarithmic_x = false;
  std::vector<Series> series;
};

/// The figure as an SVG document of 720 × 440 with axes, error bars and a legend, wider where
/// labels are long. Points that are not finite are left out. Throws Error where a logarithmic axis
/// meets x ≤ 0.
std::string svg(const Figure& figure);

}  // namespace cmc::advice
