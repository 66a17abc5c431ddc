#include "cmc/advice/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/error.h"
#include "cmc/files/utf8.h"
#include "cmc/report/svg.h"

namespace cmc::advice {
namespace {

constexpr double width = 720, height = 440, left = 70, right = 190, top = 40, bottom = 60;
/// A series has the class fig-N, what is known fig-known.
constexpr std::size_t colours = 10;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen() {
    if (low > high) low = 0, high = 1;
    if (low == high) low -= 0.5, high += 0.5;
  }
};

/// Round steps of 1, 2 or 5 times a power of ten: about five in the range.
std::vector<double> ticks(const Range& range) {
  const double rough = (range.high - range.low) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough * 0.75) step = factor * power;
  std::vector<double> values;
  const auto last = static_cast<std::int64_t>(std::floor(range.high / step + 1e-9));
  for (auto i = static_cast<std::int64_t>(std::ceil(range.low / step)); i <= last; ++i)
    values.push_back(static_cast<double>(i) * step);
  return values;
}

class Drawing {
 public:
  explicit Drawing(const Figure& figure) : figure_(figure) {
    for (const Series& series : figure.series) {
      for (const Point& point : series.points) {
        check(!figure.logarithmic_x || point.x > 0,
              "the figure {} has x = {} on a logarithmic axis", figure.name, point.x);
        x_.take(placed(point.x));
        for (const double y : {point.y, point.low, point.high}) y_.take(y);
      }
    }
    x_.widen();
    y_.widen();
    const double margin = 0.05 * (y_.high - y_.low);
    y_.low -= margin;
    y_.high += margin;
  }

  std::string draw() {
    axes();
    for (std::size_t i = 0; i < figure_.series.size(); ++i) series(i);
    return report::svg_document(std::max(width, width - right + legend_width()), height,
                                figure_.title, body_);
  }

 private:
  double placed(double x) const { return figure_.logarithmic_x ? std::log2(x) : x; }
  double at_x(double placed) const {
    return left + (width - left - right) * (placed - x_.low) / (x_.high - x_.low);
  }
  double at_y(double y) const {
    return height - bottom - (height - top - bottom) * (y - y_.low) / (y_.high - y_.low);
  }

  void line(double x1, double y1, double x2, double y2, const std::string& style) {
    body_ += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" {}/>\n", x1, y1, x2, y2, style);
  }
  void text(double x, double y, const std::string& anchor, const std::string& words,
            const std::string& more = "") {
    body_ += report::svg_text(x, y, anchor, words, more);
  }

  /// Of a logarithmic axis: the powers of two at hand, or every so many.
  std::vector<double> x_ticks() const {
    if (!figure_.logarithmic_x) return ticks(x_);
    const auto every = std::max<std::int64_t>(1, std::llround(std::ceil((x_.high - x_.low) / 7)));
    const auto last = static_cast<std::int64_t>(std::floor(x_.high + 1e-9));
    std::vector<double> values;
    for (auto i = static_cast<std::int64_t>(std::ceil(x_.low - 1e-9)); i <= last; i += every)
      values.push_back(static_cast<double>(i));
    return values;
  }

  void axes() {
    const std::string grid = "class=\"fig-grid\"";
    for (const double tick : x_ticks()) {
      line(at_x(tick), top, at_x(tick), height - bottom, grid);
      text(at_x(tick), height - bottom + 18, "middle",
           fmt::format("{:.4g}", figure_.logarithmic_x ? std::exp2(tick) : tick));
    }
    for (const double tick : ticks(y_)) {
      line(left, at_y(tick), width - right, at_y(tick), grid);
      text(left - 8, at_y(tick) + 4, "end", fmt::format("{:.4g}", tick));
    }
    text(left, 22, "start", figure_.title, "font-weight=\"600\"");
    text((left + width - right) / 2, height - 16, "middle", figure_.x_label);
    const double middle = (top + height - bottom) / 2;
    text(18, middle, "middle", figure_.y_label,
         fmt::format("transform=\"rotate(-90 18 {:.1f})\"", middle));
  }

  void series(std::size_t index) {
    const Series& series = figure_.series[index];
    const std::string colour =
        series.dashed ? "class=\"fig-known\"" : fmt::format("class=\"fig-{}\"", index % colours);
    const std::string stroke =
        fmt::format("{} stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"{}", colour,
                    series.dashed ? " stroke-dasharray=\"6 4\"" : "");
    std::string path;
    for (const Point& point : series.points) {
      if (!std::isfinite(point.y)) continue;
      const double x = at_x(placed(point.x)), y = at_y(point.y);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
      if (std::isfinite(point.low) && std::isfinite(point.high) && point.high > point.low)
        line(x, at_y(point.low), x, at_y(point.high),
             colour + " stroke=\"currentColor\" stroke-width=\"1.5\"");
      if (series.markers)
        body_ += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" {} fill=\"currentColor\"/>\n", x, y,
            colour);
      if (!point.label.empty()) label(x + 6, y, point.label, colour);
    }
    if (series.joined && !path.empty()) body_ += fmt::format("<path d=\"{}\" {}/>\n", path, stroke);
    const double y = top + 8 + 20 * static_cast<double>(index);
    line(width - right + 14, y, width - right + 38, y, stroke);
    text(width - right + 44, y + 4, "start", series.label);
  }

  /// Beside a point, in the nearest of some rows where no other label is in the way.
  void label(double x, double y, const std::string& words, const std::string& colour) {
    constexpr double row = 12, letter = 6.2;
    const double end = x + letter * static_cast<double>(files::code_points(words));
    const auto taken = [&](double baseline) {
      return std::ranges::any_of(labels_, [&](const Label& other) {
        return std::abs(other.baseline - baseline) < row && x < other.end && other.begin < end;
      });
    };
    double baseline = y - 6;
    for (const double rows : {0.0, 1.0, -1.0, 2.0, -2.0}) {
      baseline = y - 6 + rows * (row + 1);
      if (!taken(baseline)) break;
    }
    labels_.push_back({x, end, baseline});
    text(x, baseline, "start", words, colour + " font-size=\"11\" fill=\"currentColor\"");
  }

  /// What the longest label takes, about: letters of a proportional font.
  double legend_width() const {
    std::size_t longest = 0;
    for (const Series& series : figure_.series)
      longest = std::max(longest, files::code_points(series.label));
    return 54 + 7.2 * static_cast<double>(longest);
  }

  struct Label {
    double begin, end, baseline;
  };

  const Figure& figure_;
  Range x_, y_;
  std::vector<Label> labels_;
  std::string body_;
};

}  // namespace

std::string svg(const Figure& figure) {
  return Drawing(figure).draw();
}

}  // namespace cmc::advice
