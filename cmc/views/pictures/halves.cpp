#include "cmc/views/pictures/halves.h"

#include "cmc/error.h"
#include "cmc/views/pictures/regions.h"

namespace cmc::views {
namespace {

constexpr std::string_view cut_names[] = {"left_right", "top_bottom"};

}  // namespace

Cut cut(std::string_view name) {
  if (name == cut_names[0]) return Cut::left_right;
  if (name == cut_names[1]) return Cut::top_bottom;
  fail("halves.cut = \"{}\" is unknown; it must be left_right or top_bottom", name);
}

std::string_view name(Cut cut) {
  return cut_names[static_cast<std::size_t>(cut)];
}

std::shared_ptr<const Split> make_split(const HalvesOptions& options, const Frame& frame) {
  const auto [width, height] = frame.size();
  if (options.cut == Cut::left_right) {
    check(width >= 2, "halves.cut = left_right: the picture is {} pixel wide; it must be 2 or more",
          width);
    const int half = width / 2;
    return make_regions(
        {{"left", {0, 0, half, height}}, {"right", {width - half, 0, half, height}}}, frame);
  }
  check(height >= 2, "halves.cut = top_bottom: the picture is {} pixel high; it must be 2 or more",
        height);
  const int half = height / 2;
  return make_regions({{"top", {0, 0, width, half}}, {"bottom", {0, height - half, width, half}}},
                      frame);
}

}  // namespace cmc::views
