#include "cmc/report/png_size.h"

namespace cmc::report {

PngSize png_size(std::string_view png) {
  if (png.size() < 24) return {};
  const auto number = [&](std::size_t at) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8 | static_cast<unsigned char>(png[i]);
    return value;
  };
  return {number(16), number(20)};
}

}  // namespace cmc::report
