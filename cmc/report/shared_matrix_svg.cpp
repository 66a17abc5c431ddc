#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/files/utf8.h"
#include "cmc/report/figures.h"
#include "cmc/report/mustache.h"
#include "cmc/report/shared_matrix.h"
#include "cmc/report/svg.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

constexpr double margin = 16, heading = 44, letter = 7.2;
constexpr std::size_t longest_name = 26;
// Up to so many views a cell is large enough for its figure.
constexpr std::size_t most_with_figures = 16;

/// The first letters of a name, by code points.
std::string short_name(const std::string& name) {
  std::string kept;
  std::size_t letters = 0;
  for (const char byte : name) {
    const bool begins = (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u;
    if (begins && ++letters > longest_name) return kept + "…";
    kept += byte;
  }
  return kept;
}

/// Room for the longest name, in pixels.
double room(const std::vector<std::string>& names) {
  std::size_t most = 4;
  for (const std::string& name : names) most = std::max(most, files::code_points(short_name(name)));
  return letter * static_cast<double>(most) + 10;
}

struct Range {
  double low = 0, high = 1;

  double share(double value) const { return std::clamp((value - low) / (high - low), 0.0, 1.0); }
};

/// Of the bounds, those below 0 as 0.
Range range_of(const SharedMatrix& matrix) {
  Range range{std::numeric_limits<double>::infinity(), 0};
  for (const auto& row : matrix.bits) {
    for (const double bits : row) {
      if (std::isnan(bits)) continue;
      range.low = std::min(range.low, std::max(0.0, bits));
      range.high = std::max(range.high, bits);
    }
  }
  if (range.high - range.low < 1e-6) range.low = 0;
  if (range.high <= 0) range.high = 1;
  return range;
}

/// How dark a cell is: the least bound is still told from paper.
double darkness(double share) {
  return 0.06 + 0.94 * share;
}

const char* ink_on(double dark) {
  // Ink of light and of dark paper change sides at different shades.
  if (dark < 0.5) return "fig";
  return dark < 0.8 ? "fig-dark" : "fig-paper";
}

std::string rectangle(double x, double y, double width, double height, double dark,
                      const std::string& inside) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"currentColor\" "
      "fill-opacity=\"{:.2f}\">{}</rect>\n",
      x, y, width, height, dark, inside);
}

/// The shades from the least bound to the largest.
std::string scale(const Range& range, double x, double y) {
  constexpr int steps = 40;
  constexpr double width = 160, height = 10;
  std::string drawn = "<g class=\"fig-0\">";
  for (int i = 0; i < steps; ++i)
    drawn += rectangle(x + width * i / steps, y, width / steps + 0.3, height,
                       darkness((i + 0.5) / steps), "");
  drawn += "</g>\n";
  drawn += svg_text(x - 6, y + height, "end", fixed(range.low, 2), "class=\"fig-muted\"");
  return drawn + svg_text(x + width + 6, y + height, "start", fixed(range.high, 2) + " bits",
                          "class=\"fig-muted\"");
}

/// Round numbers across a range, at most `most` of them.
std::vector<double> marks(const Range& range, int most) {
  const double rough = (range.high - range.low) / most;
  double step = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if (factor * step < rough) continue;
    step *= factor;
    break;
  }
  std::vector<double> values;
  const auto first = static_cast<std::int64_t>(std::ceil(range.low / step - 1e-9)),
             last = static_cast<std::int64_t>(std::floor(range.high / step + 1e-9));
  for (std::int64_t i = first; i <= last; ++i) values.push_back(static_cast<double>(i) * step);
  return values;
}

std::string title_of(const SharedMatrix& matrix, const char* what) {
  return fmt::format("{} (k = {}, ceiling {} bits)", what, with_commas(matrix.k),
                     fixed(matrix.ceiling, 2));
}

}  // namespace

std::string heat_map_svg(const SharedMatrix& matrix) {
  const std::size_t n = matrix.views.size();
  const auto count = static_cast<double>(n);
  const double names = room(matrix.views);
  const double side = n > most_with_figures ? 18 : std::clamp(560 / count, 34.0, 64.0);
  // Names of columns stand upright where they are longer than a cell is wide.
  const bool upright = names - 10 > side;
  const double above = heading + 30 + (upright ? names : 18);
  const double left = margin + names;
  const double width = std::ceil(std::max(480.0, left + side * count + margin)),
               height = std::ceil(above + side * count + margin);
  const std::string title = title_of(matrix, "What views share at least");
  std::string body = svg_text(margin, 24, "start", title, "font-weight=\"600\"");
  const Range range = range_of(matrix);
  body += scale(range, margin + 44, heading - 8);
  for (std::size_t i = 0; i < n; ++i) {
    const double middle = side * (static_cast<double>(i) + 0.5);
    const std::string name = short_name(matrix.views[i]);
    body += svg_text(left - 6, above + middle + 4.5, "end", name);
    const double x = left + middle;
    body +=
        upright
            ? svg_text(x + 4.5, above - 6, "start", name,
                       fmt::format("transform=\"rotate(-90 {:.1f} {:.1f})\"", x + 4.5, above - 6))
            : svg_text(x, above - 6, "middle", name);
  }
  std::string figures;
  body += "<g class=\"fig-0\">\n";
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double bits = matrix.bits[i][j];
      if (std::isnan(bits)) continue;
      const double x = left + side * static_cast<double>(j),
                   y = above + side * static_cast<double>(i);
      const double dark = darkness(range.share(bits));
      body += rectangle(x + 0.5, y + 0.5, side - 1, side - 1, dark,
                        fmt::format("<title>{} → {}: {} bits</title>", escape_html(matrix.views[i]),
                                    escape_html(matrix.views[j]), fixed(bits, 2)));
      if (n <= most_with_figures)
        figures +=
            svg_text(x + side / 2, y + side / 2 + 4.5, "middle", fixed(bits, side < 40 ? 1 : 2),
                     fmt::format("class=\"{}\" pointer-events=\"none\"", ink_on(dark)));
    }
  }
  return svg_document(width, height, title, body + "</g>\n" + figures, true);
}

std::string tree_svg(const SharedMatrix& matrix) {
  const std::size_t n = matrix.views.size();
  const double names = room(matrix.views), line = 20;
  constexpr double across = 460;
  const double left = margin + 14, right = left + across;
  const double top = heading + 8, bottom = top + line * static_cast<double>(n);
  const double width = std::ceil(right + names + margin), height = bottom + 52;
  const std::string title = title_of(matrix, "Views by what they share");
  const auto shared = [&](double distance) { return matrix.ceiling - distance; };
  Range range{matrix.ceiling, 0};
  for (const information::Merge& merge : matrix.linkage.merges) {
    range.low = std::min(range.low, shared(merge.distance));
    range.high = std::max(range.high, shared(merge.distance));
  }
  const double space = std::max(1e-3, 0.06 * (range.high - range.low));
  range = {std::max(0.0, range.low - space), std::min(matrix.ceiling, range.high + space)};
  if (range.high - range.low < 1e-6) range = {0, std::max(1.0, matrix.ceiling)};
  const auto at_x = [&](double bits) { return left + across * range.share(bits); };

  std::string body = svg_text(margin, 24, "start", title, "font-weight=\"600\"");
  for (const double mark : marks(range, 6)) {
    const double x = at_x(mark);
    body += fmt::format("<path d=\"M{0:.1f} {1:.1f}V{2:.1f}\" class=\"fig-grid\"/>\n", x, top - 6,
                        bottom + 6);
    body += svg_text(x, bottom + 22, "middle", fmt::format("{:.4g}", mark), "class=\"fig-muted\"");
  }
  body += svg_text(left + across / 2, bottom + 42, "middle",
                   "bits that two branches share at least, the mean over their pairs",
                   "class=\"fig-muted\"");
  struct End {
    double x, y;
  };
  std::vector<End> ends;
  for (std::size_t i = 0; i < n; ++i) {
    const double y = top + line * (static_cast<double>(i) + 0.5);
    ends.push_back({right, y});
    body += svg_text(right + 8, y + 4.5, "start", short_name(matrix.views[i]));
  }
  body += "<g class=\"fig-0\" stroke=\"currentColor\" stroke-width=\"1.6\" fill=\"none\">\n";
  for (const information::Merge& merge : matrix.linkage.merges) {
    const End a = ends[merge.left], b = ends[merge.right];
    const double x = at_x(shared(merge.distance));
    body += fmt::format(
        "<path d=\"M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}\"><title>{} views: {} "
        "bits</title></path>\n",
        a.x, a.y, x, b.y, b.x, merge.size, fixed(shared(merge.distance), 2));
    ends.push_back({x, (a.y + b.y) / 2});
  }
  const End root = ends.back();
  body += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n</g>\n", root.x, root.y, left - 10);
  return svg_document(width, height, title, body, true);
}

}  // namespace cmc::report
