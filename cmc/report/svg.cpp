#include "cmc/report/svg.h"

#include <fmt/format.h>

#include "cmc/report/mustache.h"

namespace cmc::report {
namespace {

constexpr const char* style = R"(<style>
.fig{fill:#1c1e22}.fig-muted{fill:#5a5e66}.fig-paper{fill:#fff}.fig-grid{stroke:#e2dfd8}.fig-known{color:#5a5e66}
.fig-dark{fill:#15171b}
.fig-0{color:#2f62c9}.fig-1{color:#c4501b}.fig-2{color:#1a7f4b}.fig-3{color:#b3285f}.fig-4{color:#7446b8}
.fig-5{color:#8a6a12}.fig-6{color:#0f7f8f}.fig-7{color:#5f6670}.fig-8{color:#c23fb4}.fig-9{color:#5d7d17}
@media screen and (prefers-color-scheme:dark){
.fig{fill:#e9e7e2}.fig-muted{fill:#a4a8b0}.fig-paper{fill:#1a1d23}.fig-grid{stroke:#30343c}.fig-known{color:#a4a8b0}
.fig-0{color:#82a9ff}.fig-1{color:#ff9b66}.fig-2{color:#5fd39a}.fig-3{color:#ff7fa8}.fig-4{color:#b79cff}
.fig-5{color:#e0bd55}.fig-6{color:#55cfe0}.fig-7{color:#aeb6c2}.fig-8{color:#f08ae4}.fig-9{color:#b5d65c}}
</style>
)";

}  // namespace

std::string svg_document(double width, double height, std::string_view title, std::string_view body,
                         bool fixed) {
  const std::string size =
      fixed ? fmt::format(" width=\"{}\" height=\"{}\"", width, height) : std::string();
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\"{} viewBox=\"0 0 {} {}\" role=\"img\" "
      "class=\"fig\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
      "<title>{}</title>\n{}<rect width=\"100%\" height=\"100%\" "
      "class=\"fig-paper\"/>\n{}</svg>\n",
      size, width, height, escape_html(title), style, body);
}

std::string svg_text(double x, double y, std::string_view anchor, std::string_view words,
                     std::string_view more) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" {}>{}</text>\n", x, y,
                     anchor, more, escape_html(words));
}

}  // namespace cmc::report
