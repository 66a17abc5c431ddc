#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/runs/learned_views.h"

namespace cmc::report {
namespace {

using nlohmann::json;
using runs::LearnedAxis;

double length(const LearnedAxis& axis) {
  double sum = 0;
  for (const double slope : axis.rgb) sum += slope * slope;
  return std::max(std::sqrt(sum), 1e-12);
}

/// "0.58 R + 0.79 G − 0.20 B", of length 1.
std::string in_words(const LearnedAxis& axis) {
  std::string text;
  for (std::size_t c = 0; c < axis.rgb.size(); ++c) {
    const double share = axis.rgb[c] / length(axis);
    text += fmt::format("{}{} {}",
                        text.empty() ? (share < 0 ? "−" : "")
                        : share < 0  ? " − "
                                     : " + ",
                        fixed(std::abs(share), 2), "RGB"[c]);
  }
  return text;
}

/// As CSS: grey moved by `way` along the axis.
std::string colour(const LearnedAxis& axis, double way) {
  std::array<int, 3> rgb{};
  for (std::size_t c = 0; c < rgb.size(); ++c)
    rgb[c] = static_cast<int>(
        std::lround(std::clamp(127.5 + way * axis.rgb[c] / length(axis), 0.0, 255.0)));
  return fmt::format("rgb({} {} {})", rgb[0], rgb[1], rgb[2]);
}

}  // namespace

json learned_axes_section(const json& environment) {
  const auto found = environment.find("learned_axes");
  if (found == environment.end()) return {};
  json axes = json::array();
  for (const LearnedAxis& axis : runs::learned_axes_from_json(*found))
    axes.push_back({{"view", axis.view},
                    {"words", in_words(axis)},
                    {"explained", percent(axis.explained)},
                    {"low", colour(axis, -150)},
                    {"high", colour(axis, 150)}});
  return {{"axes", axes}};
}

}  // namespace cmc::report
