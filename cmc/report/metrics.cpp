#include "cmc/report/metrics.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "cmc/error.h"
#include "cmc/files/json_text.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// A line of the file and where it stands, for messages.
struct Row {
  const json& values;
  const std::string& file;
  int line;

  const json& at(const char* key) const {
    const auto found = values.find(key);
    check(found != values.end(), "{}: line {}: \"{}\" is missing", file, line, key);
    return *found;
  }

  double number(const char* key) const {
    const json& value = at(key);
    // JSON has no NaN and no infinity: they are written as null.
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    check(value.is_number(), "{}: line {}: \"{}\" must be a number", file, line, key);
    return value.get<double>();
  }

  std::int64_t step() const {
    const json& value = at("step");
    check(value.is_number_integer(), "{}: line {}: \"step\" must be a whole number", file, line);
    return value.get<std::int64_t>();
  }
};

TrainingPoint training_point(const Row& row) {
  return {.step = row.step(),
          .epoch = row.number("epoch"),
          .loss = row.number("loss"),
          .k = row.number("k"),
          .training_estimate = row.number("training_estimate_nats"),
          .ceiling = row.number("ceiling_nats"),
          .positive_first = row.number("positive_first"),
          .images_per_second = row.number("images_per_second")};
}

HeldOutPoint held_out_point(const Row& row) {
  return {.step = row.step(),
          .epoch = row.number("epoch"),
          .loss = row.number("loss"),
          .k = row.number("k"),
          .bound = row.number("bound_nats"),
          .tight_bound = row.number("tight_bound_nats"),
          .ceiling = row.number("ceiling_nats"),
          .positive_first = row.number("positive_first")};
}

template <class Point>
void append(std::vector<Point>& points, const Point& point) {
  while (!points.empty() && points.back().step >= point.step) points.pop_back();
  points.push_back(point);
}

}  // namespace

Metrics read_metrics(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string name = file.string();
  check(stream.is_open(), "{}: can't be read", name);
  Metrics metrics;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.empty()) continue;
    const json values = files::object_of_line(line);
    if (!values.is_object() && stream.eof()) break;
    check(values.is_object(), "{}: line {}: must be one JSON object", name, number);
    const Row row{values, name, number};
    const json& kind = row.at("kind");
    check(kind == "train" || kind == "held_out",
          "{}: line {}: \"kind\" is {}; it must be \"train\" or \"held_out\"", name, number,
          kind.dump());
    if (kind == "train") {
      append(metrics.training, training_point(row));
    } else {
      append(metrics.held_out, held_out_point(row));
    }
  }
  return metrics;
}

std::optional<TrainingPoint> last_training(const Metrics& metrics) {
  std::vector<TrainingPoint> points;
  for (const TrainingPoint& point : metrics.training)
    if (std::isfinite(point.training_estimate)) points.push_back(point);
  if (points.empty()) return std::nullopt;
  const std::size_t count = std::max<std::size_t>(1, points.size() / 20);
  TrainingPoint mean = points.back();
  mean.loss = mean.k = mean.training_estimate = mean.ceiling = 0;
  mean.positive_first = mean.images_per_second = 0;
  for (std::size_t i = points.size() - count; i < points.size(); ++i) {
    const double share = 1.0 / static_cast<double>(count);
    mean.loss += share * points[i].loss;
    mean.k += share * points[i].k;
    mean.training_estimate += share * points[i].training_estimate;
    mean.ceiling += share * points[i].ceiling;
    mean.positive_first += share * points[i].positive_first;
    mean.images_per_second += share * points[i].images_per_second;
  }
  return mean;
}

}  // namespace cmc::report
