#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::EmbeddingMap;
using nlohmann::json;

double squared_distance(const EmbeddingMap& map, std::size_t i, std::size_t j) {
  const double x = map.x[i] - map.x[j], y = map.y[i] - map.y[j];
  return x * x + y * y;
}

/// The label of the point nearest to point i, itself aside.
std::int64_t nearest_label(const EmbeddingMap& map, std::size_t i) {
  double best = std::numeric_limits<double>::infinity();
  std::int64_t label = map.labels[i];
  for (std::size_t j = 0; j < map.x.size(); ++j) {
    const double distance = squared_distance(map, i, j);
    if (j == i || distance >= best) continue;
    best = distance;
    label = map.labels[j];
  }
  return label;
}

struct ClassPoints {
  std::int64_t label = 0;
  std::int64_t points = 0;
  std::int64_t among_own = 0;  // points whose nearest neighbour on the map has the same label
};

std::vector<ClassPoints> by_class(const EmbeddingMap& map) {
  std::vector<std::int64_t> labels = map.labels;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  std::vector<ClassPoints> classes;
  for (const std::int64_t label : labels) {
    ClassPoints counted{.label = label};
    for (std::size_t i = 0; i < map.x.size(); ++i) {
      if (map.labels[i] != label) continue;
      ++counted.points;
      counted.among_own += nearest_label(map, i) == label;
    }
    classes.push_back(counted);
  }
  return classes;
}

}  // namespace

json map_section(const evaluation::Evaluation& evaluation) {
  const EmbeddingMap& map = evaluation.map;
  if (map.x.empty()) return nullptr;
  json classes = json::array();
  json series = json::array();
  std::int64_t among_own = 0;
  for (const ClassPoints& one : by_class(map)) {
    const std::string name = class_name(evaluation, one.label);
    among_own += one.among_own;
    classes.push_back({{"class", name},
                       {"points", with_commas(one.points)},
                       {"among_own", percent(static_cast<double>(one.among_own) /
                                             static_cast<double>(one.points))}});
    json xy = json::array();
    for (std::size_t i = 0; i < map.x.size(); ++i) {
      if (map.labels[i] == one.label) xy.push_back({{"x", map.x[i]}, {"y", map.y[i]}});
    }
    series.push_back({{"class", name}, {"points", std::move(xy)}});
  }
  const auto n = static_cast<std::int64_t>(map.x.size());
  return {{"samples", with_commas(n)},
          {"part", judged_part(evaluation)},
          {"view", map.view},
          {"all_views", map.view == "all"},
          {"method", map.method},
          {"among_own", percent(static_cast<double>(among_own) / static_cast<double>(n))},
          {"classes", std::move(classes)},
          {"chart", std::move(series)}};
}

}  // namespace cmc::report
