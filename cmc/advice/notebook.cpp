#include "cmc/advice/notebook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "cmc/error.h"
#include "cmc/files/appended_file.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"

namespace cmc::advice {
namespace {

using nlohmann::json;

bool holds(const json& row, const json& where) {
  for (const auto& [key, value] : where.items())
    if (!row.contains(key) || row.at(key) != value) return false;
  return true;
}

}  // namespace

std::string in_words(const json& key) {
  std::string text;
  for (const auto& [name, value] : key.items()) {
    std::string words = name;
    std::ranges::replace(words, '_', ' ');
    const std::string shown = value.is_string()         ? value.get<std::string>()
                              : value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
                                                        : files::json_text(value);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", words, shown);
  }
  return text;
}

std::string name(Outcome outcome) {
  if (outcome == Outcome::held) return "held";
  return outcome == Outcome::not_held ? "did not hold" : "within the error bars";
}

Outcome positive(const information::ConfidenceInterval& difference) {
  if (difference.low > 0) return Outcome::held;
  return difference.high < 0 ? Outcome::not_held : Outcome::open;
}

Notebook::Notebook(std::filesystem::path folder, std::function<void(const std::string&)> progress)
    : folder_(std::move(folder)), progress_(std::move(progress)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  check(!error, "{}: can't be created: {}", folder_.string(), error.message());
  lock_ = std::make_shared<files::LockFile>(folder_ / ".lock");
  check(lock_->unwritable().empty(), "{}: can't be written: {}", folder_.string(),
        lock_->unwritable());
  std::ifstream in(folder_ / "measurements.jsonl");
  for (std::string line; std::getline(in, line);) {
    const json entry = files::object_of_line(line);
    if (entry.is_object() && entry.contains("key") && entry.contains("values"))
      known_[entry["key"].dump()] = entry["values"];
  }
  // Written anew, so that what follows does not go on in an unfinished line.
  std::string kept;
  for (const auto& [key, values] : known_)
    kept += json{{"key", json::parse(key)}, {"values", values}}.dump() + "\n";
  files::write_atomically(folder_ / "measurements.jsonl", kept);
}

json Notebook::row(const json& key, const std::function<json()>& measure) {
  const std::string text = key.dump();
  if (!known_.contains(text)) {
    if (progress_) progress_(fmt::format("measurement {}: {}", known_.size() + 1, in_words(key)));
    known_[text] = measure();
    files::AppendedFile(folder_ / "measurements.jsonl")
        .write(json{{"key", key}, {"values", known_[text]}}.dump() + '\n');
  }
  json row = key;
  row.update(known_[text]);
  rows_.push_back(row);
  return row;
}

std::map<std::int64_t, double> by_seed(const std::vector<json>& rows, const json& where,
                                       const std::string& column) {
  std::map<std::int64_t, double> values;
  for (const json& row : rows)
    if (holds(row, where)) values[row.at("seed")] = row.at(column);
  check(!values.empty(), "no measurement has {} and \"{}\"", where.dump(), column);
  return values;
}

information::ConfidenceInterval over_seeds(const std::vector<json>& rows, const json& where,
                                           const std::string& column) {
  std::vector<double> values;
  for (const auto& [seed, value] : by_seed(rows, where, column)) values.push_back(value);
  return information::confidence_interval(values);
}

information::ConfidenceInterval difference(const std::vector<json>& rows, const json& a,
                                           const json& b, const std::string& column) {
  const auto first = by_seed(rows, a, column), second = by_seed(rows, b, column);
  std::vector<double> values;
  for (const auto& [seed, value] : first) {
    check(second.contains(seed), "seed {} was measured with {} but not with {}", seed, a.dump(),
          b.dump());
    values.push_back(value - second.at(seed));
  }
  return information::confidence_interval(values);
}

Point point(double x, const information::ConfidenceInterval& interval, double scale) {
  const bool spread = std::isfinite(interval.low);
  return {.x = x,
          .y = scale * interval.mean,
          .low = scale * (spread ? interval.low : interval.mean),
          .high = scale * (spread ? interval.high : interval.mean)};
}

std::string plus_minus(const information::ConfidenceInterval& interval, int digits, double scale) {
  std::string mean = fmt::format("{:.{}f}", scale * interval.mean, digits);
  if (!std::isfinite(interval.high)) return mean;
  return fmt::format("{} ± {:.{}f}", mean, scale * (interval.high - interval.mean), digits);
}

}  // namespace cmc::advice
