#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cmc/data/splits.h"

namespace cmc::data {

/// What one source's values are like, over both parts.
struct SourceSurvey {
  std::string name;
  std::string kind;
  std::int64_t present = 0;
  std::int64_t missing = 0;
  /// Of those that are missing, files that can't be read.
  std::int64_t unreadable = 0;
  /// Smallest and largest height × width of pictures and arrays, columns of tables as 1 × F,
  /// samples of sounds as 1 × T, of series C × T.
  SourceShape smallest = {}, largest = {};
  /// Least and greatest value: of a picture's stored channels, in metres, of a sound, of all
  /// numbers.
  double least = 0, greatest = 0;
  /// Share of the values inside that are missing: empty cells, pixels that the sensor did not see.
  double missing_values = 0;
  /// Samples whose content another sample before them has. Tables of less than four columns are not
  /// compared: their rows repeat by nature.
  std::int64_t duplicates = 0;
  /// How many values are of each sort, such as a text's script (KindDescriptor::sort).
  std::map<std::string, std::int64_t> sorts = {};
};

/// A hash of a value's bytes.
std::uint64_t content_hash(const cv::Mat& value);

/// What a data set holds.
struct Survey {
  std::int64_t train_samples = 0, test_samples = 0, labelled = 0;
  /// Whether the labels are numbers (Dataset::has_targets), and the least and the greatest.
  bool has_targets = false;
  double least_target = 0, greatest_target = 0;
  std::vector<std::string> classes;
  std::vector<std::int64_t> train_per_class, test_per_class;
  std::vector<SourceSurvey> sources;
  /// What looks wrong, a line each: constant columns, clipped sound, one class only, content that
  /// stands in both parts, ….
  std::vector<std::string> warnings;
};

/// Reads every value of both parts once. `progress` is told the share that is done, 0 … 1. Values
/// that can't be read are counted; Error is thrown where the data set itself is damaged.
Survey survey(const Splits& splits, const std::function<void(double)>& progress = nullptr);

nlohmann::json to_json(const Survey& survey);

}  // namespace cmc::data
