#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/dataset.h"

namespace cmc::views::test {

/// Samples of one source of numbers, float64: a table of numeric columns, or arrays.
class NumbersDataset : public data::Dataset {
 public:
  /// A row of a table each.
  explicit NumbersDataset(const std::vector<std::vector<double>>& rows) {
    data::Source source{.name = "numbers",
                        .kind = data::SourceKind::table,
                        .shape = {static_cast<std::int64_t>(rows[0].size()), 1, 1}};
    for (std::size_t c = 0; c < rows[0].size(); ++c)
      source.columns.push_back({std::string(1, static_cast<char>('a' + c))});
    sources_ = {source};
    for (const auto& row : rows) values_.push_back(cv::Mat(row, true).reshape(1, 1));
  }
  /// Arrays of C × H × W.
  NumbersDataset(std::vector<cv::Mat> values, data::SourceShape shape)
      : values_(std::move(values)),
        sources_{{.name = "numbers", .kind = data::SourceKind::array, .shape = shape}} {}

  std::int64_t size() const override { return static_cast<std::int64_t>(values_.size()); }
  data::Sample get(std::int64_t index) const override {
    return {index, 0, {values_[static_cast<std::size_t>(index)]}};
  }
  std::int64_t label(std::int64_t) const override { return 0; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::vector<cv::Mat> values_;
  std::vector<std::string> classes_ = {"thing"};
  std::vector<data::Source> sources_;
};

}  // namespace cmc::views::test
