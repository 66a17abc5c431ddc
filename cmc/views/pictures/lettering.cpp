#include "cmc/views/pictures/lettering.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <opencv2/imgproc.hpp>

namespace cmc::views {
namespace {

constexpr int margin = 6, most_lines = 6;
constexpr double ink = 0.16;

struct Release {
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* drawing) const { cairo_destroy(drawing); }
};
template <class T>
using Held = std::unique_ptr<T, Release>;

Held<PangoLayout> layout_of(cairo_t* drawing, const std::string& utf8, int width) {
  Held<PangoLayout> layout(pango_cairo_create_layout(drawing));
  const Held<PangoFontDescription> font(pango_font_description_from_string("sans 11"));
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_text(layout.get(), utf8.c_str(), -1);
  pango_layout_set_width(layout.get(), (width - 2 * margin) * PANGO_SCALE);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height(layout.get(), -most_lines);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  return layout;
}

}  // namespace

cv::Mat lettering(const std::string& utf8, int width) {
  static std::mutex one_at_a_time;  // fontconfig's and pango's caches
  const std::lock_guard lock(one_at_a_time);
  width = std::max(width, 4 * margin);
  const auto canvas = [&](int height) {
    Held<cairo_surface_t> surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, std::max(1, height)));
    return surface;
  };
  int height = 0;
  {
    const Held<cairo_surface_t> none = canvas(1);
    const Held<cairo_t> drawing(cairo_create(none.get()));
    pango_layout_get_pixel_size(layout_of(drawing.get(), utf8, width).get(), nullptr, &height);
  }
  const Held<cairo_surface_t> surface = canvas(height + 2 * margin);
  const Held<cairo_t> drawing(cairo_create(surface.get()));
  cairo_set_source_rgb(drawing.get(), 1, 1, 1);
  cairo_paint(drawing.get());
  cairo_set_source_rgb(drawing.get(), ink, ink, ink);
  cairo_move_to(drawing.get(), margin, margin);
  pango_cairo_show_layout(drawing.get(), layout_of(drawing.get(), utf8, width).get());
  cairo_surface_flush(surface.get());
  const cv::Mat drawn(height + 2 * margin, width, CV_8UC4,
                      cairo_image_surface_get_data(surface.get()),
                      static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get())));
  cv::Mat picture;
  cv::cvtColor(drawn, picture, cv::COLOR_BGRA2RGB);
  return picture;
}

}  // namespace cmc::views
