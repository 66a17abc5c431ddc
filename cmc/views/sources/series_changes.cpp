#include "cmc/views/sources/series_changes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cmc::views {

void fill_gaps(std::span<double> values) {
  std::size_t before = values.size();  // the last number so far; size: none
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    if (before == values.size()) {
      std::fill(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values[i]);
    } else {
      const double step = (values[i] - values[before]) / static_cast<double>(i - before);
      for (std::size_t gap = before + 1; gap < i; ++gap)
        values[gap] = values[before] + step * static_cast<double>(gap - before);
    }
    before = i;
  }
  if (before < values.size())
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(before), values.end(), values[before]);
}

std::vector<double> warped_places(std::size_t count, double strength, RandomStream& stream) {
  constexpr std::size_t parts = 4;
  const double most = std::log1p(strength);
  double pace[parts];
  for (double& each : pace) each = std::exp(stream.uniform(-most, most));
  std::vector<double> places(count, 0.0);
  for (std::size_t i = 1; i < count; ++i)
    places[i] = places[i - 1] + pace[std::min(parts - 1, (i - 1) * parts / (count - 1))];
  const auto end = static_cast<double>(count - 1);
  const double scale = count > 1 ? end / places.back() : 0;
  for (double& place : places) place = std::min(place * scale, end);
  return places;
}

double value_at(std::span<const double> values, double at) {
  const auto left = std::min(static_cast<std::size_t>(at), values.size() - 1);
  const std::size_t right = std::min(left + 1, values.size() - 1);
  const double share = at - static_cast<double>(left);
  return (1 - share) * values[left] + share * values[right];
}

std::vector<std::size_t> shuffled_segments(std::size_t count, std::int64_t segments,
                                           RandomStream& stream) {
  // Segments begin at 0 and at different random steps.
  const auto pieces = std::min(static_cast<std::size_t>(segments), count);
  std::vector<std::size_t> begins = {0};
  while (begins.size() < pieces) {
    const auto begin =
        1 + static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(count - 1)));
    if (std::ranges::find(begins, begin) == begins.end()) begins.push_back(begin);
  }
  std::ranges::sort(begins);
  std::vector<std::size_t> order(begins.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(i)))]);
  std::vector<std::size_t> steps;
  for (const std::size_t piece : order) {
    const std::size_t end = piece + 1 < begins.size() ? begins[piece + 1] : count;
    for (std::size_t step = begins[piece]; step < end; ++step) steps.push_back(step);
  }
  return steps;
}

std::array<double, 9> random_rotation(double degrees, RandomStream& stream) {
  double axis[3] = {stream.normal(), stream.normal(), stream.normal()};
  const double length =
      std::max(std::sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]), 1e-12);
  for (double& each : axis) each /= length;
  const double angle = stream.uniform(-degrees, degrees) * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle), rest = 1 - c;
  const auto [x, y, z] = axis;
  return {c + x * x * rest,     x * y * rest - z * s, x * z * rest + y * s,
          y * x * rest + z * s, c + y * y * rest,     y * z * rest - x * s,
          z * x * rest - y * s, z * y * rest + x * s, c + z * z * rest};
}

}  // namespace cmc::views
