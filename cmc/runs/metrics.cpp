#include "cmc/runs/metrics.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"

namespace cmc::runs {
namespace {

using nlohmann::json;
using training::HeldOutFigures;
using training::ProbeFigures;
using training::StepFigures;

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

  double number(const char* key) const { return number_of(key, at(key)); }

  /// NaN where the line lacks it.
  double number_if_told(const char* key) const {
    return values.contains(key) ? number(key) : std::numeric_limits<double>::quiet_NaN();
  }

  std::int64_t step() const { return whole("step"); }

  std::int64_t whole(const char* key) const {
    const json& value = at(key);
    check(value.is_number_integer(), "{}: line {}: \"{}\" must be a whole number", file, line, key);
    return value.get<std::int64_t>();
  }

 private:
  double number_of(const char* key, const json& value) const {
    // JSON has no NaN and no infinity: they are written as null.
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    check(value.is_number(), "{}: line {}: \"{}\" must be a number", file, line, key);
    return value.get<double>();
  }
};

StepFigures step_figures(const Row& row) {
  return {.step = row.step(),
          .epoch = row.number("epoch"),
          .loss = row.number("loss"),
          .k = row.number("k"),
          .training_estimate = row.number("training_estimate_nats"),
          .ceiling = row.number("ceiling_nats"),
          .positive_first = row.number("positive_first"),
          .positive_similarity = row.number_if_told("positive_similarity"),
          .negative_similarity = row.number_if_told("negative_similarity"),
          .learning_rate = row.number_if_told("learning_rate"),
          .temperature = row.number_if_told("temperature"),
          .log_z = row.number_if_told("log_z"),
          .logit_bias = row.number_if_told("logit_bias"),
          .label_loss = row.number_if_told("label_loss"),
          .gradient_norm = row.number_if_told("gradient_norm"),
          .images_per_second = row.number("images_per_second"),
          .seconds = row.number_if_told("seconds"),
          .seconds_waited = row.number_if_told("waited_seconds")};
}

HeldOutFigures held_out_figures(const Row& row) {
  return {.step = row.step(),
          .epoch = row.number("epoch"),
          .loss = row.number("loss"),
          .k = row.number("k"),
          .bound = row.number("bound_nats"),
          .tight_bound = row.number("tight_bound_nats"),
          .ceiling = row.number("ceiling_nats"),
          .positive_first = row.number("positive_first"),
          .effective_rank = row.number_if_told("effective_rank"),
          .largest_rank = row.number_if_told("largest_rank")};
}

ProbeFigures probe_figures(const Row& row) {
  const bool numbers = row.values.contains("r2");
  return {.step = row.step(),
          .epoch = row.number("epoch"),
          .numbers = numbers,
          .linear = row.number(numbers ? "r2" : "linear_accuracy"),
          .neighbours = row.number_if_told("neighbours_accuracy"),
          .labels = row.whole("labels"),
          .judged = row.whole("judged_samples"),
          .seconds = row.number("probe_seconds")};
}

template <class Point>
void append(std::vector<Point>& points, const Point& point) {
  while (!points.empty() && points.back().step >= point.step) points.pop_back();
  points.push_back(point);
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, std::int64_t resumed_step) {
  std::string kept;
  if (resumed_step > 0) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      // A run that was killed may have left its last line unfinished.
      const json row = files::object_of_line(line);
      if (!row.is_object()) continue;
      files::reading_json(path.string(), [&] {
        if (row.value("step", std::int64_t{0}) > resumed_step) return;
        kept += line + '\n';
        seconds_before_ = row.value("seconds", seconds_before_);
      });
    }
  }
  seconds_ = seconds_before_;
  files::write_atomically(path, kept);
  out_.emplace(path);
}

void MetricsLog::on_step(const StepFigures& f) {
  seconds_ = seconds_before_ + f.seconds;
  json row = {{"kind", "train"},
              {"step", f.step},
              {"epoch", f.epoch},
              {"loss", f.loss},
              {"k", f.k},
              {"training_estimate_nats", f.training_estimate},
              {"ceiling_nats", f.ceiling},
              {"positive_first", f.positive_first},
              {"positive_similarity", f.positive_similarity},
              {"negative_similarity", f.negative_similarity},
              {"learning_rate", f.learning_rate},
              {"temperature", f.temperature},
              {"gradient_norm", f.gradient_norm},
              {"images_per_second", f.images_per_second},
              {"seconds", seconds_},
              {"waited_seconds", f.seconds_waited}};
  if (!std::isnan(f.log_z)) row["log_z"] = f.log_z;
  if (!std::isnan(f.logit_bias)) row["logit_bias"] = f.logit_bias;
  if (!std::isnan(f.label_loss)) row["label_loss"] = f.label_loss;
  out_->write(row.dump() + '\n');
}

void MetricsLog::on_held_out(const HeldOutFigures& f) {
  json row = {{"kind", "held_out"},
              {"step", f.step},
              {"epoch", f.epoch},
              {"loss", f.loss},
              {"k", f.k},
              {"bound_nats", f.bound},
              {"tight_bound_nats", f.tight_bound},
              {"ceiling_nats", f.ceiling},
              {"positive_first", f.positive_first}};
  if (!std::isnan(f.effective_rank)) {
    row["effective_rank"] = f.effective_rank;
    row["largest_rank"] = f.largest_rank;
  }
  out_->write(row.dump() + '\n');
}

void MetricsLog::on_probe(const ProbeFigures& f) {
  json row = {{"kind", "probe"},           {"step", f.step},
              {"epoch", f.epoch},          {f.numbers ? "r2" : "linear_accuracy", f.linear},
              {"labels", f.labels},        {"judged_samples", f.judged},
              {"probe_seconds", f.seconds}};
  if (!f.numbers) row["neighbours_accuracy"] = f.neighbours;
  out_->write(row.dump() + '\n');
}

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
    check(kind == "train" || kind == "held_out" || kind == "probe",
          "{}: line {}: \"kind\" is {}; it must be \"train\", \"held_out\" or \"probe\"", name,
          number, kind.dump());
    if (kind == "train")
      append(metrics.training, step_figures(row));
    else if (kind == "held_out")
      append(metrics.held_out, held_out_figures(row));
    else
      append(metrics.probes, probe_figures(row));
  }
  return metrics;
}

std::optional<StepFigures> last_training(const Metrics& metrics) {
  std::vector<StepFigures> points;
  for (const StepFigures& point : metrics.training)
    if (std::isfinite(point.training_estimate)) points.push_back(point);
  if (points.empty()) return std::nullopt;
  const std::size_t count = std::max<std::size_t>(1, points.size() / 20);
  StepFigures mean = points.back();
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

}  // namespace cmc::runs
