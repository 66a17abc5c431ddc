#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cmc/error.h"
#include "cmc/report/figures.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

struct Points {
  std::vector<double> x, y;
  std::vector<std::int64_t> labels;

  std::size_t size() const { return x.size(); }
  double squared_distance(std::size_t i, std::size_t j) const {
    return (x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]);
  }
};

/// The label of the point nearest to point i, itself aside.
std::int64_t nearest_label(const Points& points, std::size_t i) {
  double best = std::numeric_limits<double>::infinity();
  std::int64_t label = points.labels[i];
  for (std::size_t j = 0; j < points.size(); ++j) {
    const double distance = points.squared_distance(i, j);
    if (j == i || distance >= best) continue;
    best = distance;
    label = points.labels[j];
  }
  return label;
}

struct ClassPoints {
  std::int64_t label = 0;
  std::int64_t points = 0;
  std::int64_t among_own = 0;  // points whose nearest neighbour on the map has the same label
};

std::vector<ClassPoints> by_class(const Points& points) {
  std::vector<std::int64_t> labels = points.labels;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  std::vector<ClassPoints> classes;
  for (const std::int64_t label : labels) {
    ClassPoints counted{.label = label};
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points.labels[i] != label) continue;
      ++counted.points;
      counted.among_own += nearest_label(points, i) == label;
    }
    classes.push_back(counted);
  }
  return classes;
}

}  // namespace

json map_section(const json& evaluation) {
  const auto map = evaluation.find("map");
  if (map == evaluation.end() || !map->is_object() || map->at("x").empty()) return nullptr;
  const Points points{.x = map->at("x").get<std::vector<double>>(),
                      .y = map->at("y").get<std::vector<double>>(),
                      .labels = map->at("labels").get<std::vector<std::int64_t>>()};
  check(points.y.size() == points.size() && points.labels.size() == points.size(),
        "evaluation.json: \"map\" has {} x, {} y and {} labels; there must be as many of each",
        points.size(), points.y.size(), points.labels.size());

  json classes = json::array();
  json series = json::array();
  std::int64_t among_own = 0;
  for (const ClassPoints& one : by_class(points)) {
    const std::string name = class_name(evaluation, one.label);
    among_own += one.among_own;
    classes.push_back({{"class", name},
                       {"points", count(one.points)},
                       {"among_own", percent(static_cast<double>(one.among_own) /
                                             static_cast<double>(one.points))}});
    json xy = json::array();
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points.labels[i] == one.label) xy.push_back({{"x", points.x[i]}, {"y", points.y[i]}});
    }
    series.push_back({{"class", name}, {"points", std::move(xy)}});
  }
  const auto n = static_cast<std::int64_t>(points.size());
  return {{"samples", count(n)},
          {"part", judged_part(evaluation)},
          {"view", map->value("view", "all")},
          {"all_views", map->value("view", "all") == "all"},
          {"method", map->value("method", "")},
          {"among_own", percent(static_cast<double>(among_own) / static_cast<double>(n))},
          {"classes", std::move(classes)},
          {"chart", std::move(series)}};
}

}  // namespace cmc::report
