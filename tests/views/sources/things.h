#pragma once

#include <limits>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "tests/views/pictures.h"

namespace cmc::views::test {

/// Samples with one table of two numbers and a text, and a grey picture.
class Things : public data::Dataset {
 public:
  std::int64_t size() const override { return static_cast<std::int64_t>(rows.size()); }
  data::Sample get(std::int64_t index) const override {
    const auto i = static_cast<std::size_t>(index);
    return {index,
            0,
            {rows[i].empty() ? cv::Mat() : test::row(rows[i]),
             cv::Mat(4, 4, CV_8UC3, cv::Scalar(90, 20, 200))}};
  }
  std::int64_t label(std::int64_t) const override { return 0; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

  std::vector<std::vector<float>> rows = {{1, 7, 0},
                                          {3, 7, 1},
                                          {5, 7, std::numeric_limits<float>::quiet_NaN()},
                                          {},
                                          {std::numeric_limits<float>::quiet_NaN(), 7, 1}};

 private:
  std::vector<std::string> classes_ = {"thing"};
  std::vector<data::Source> sources_{
      {.name = "touch",
       .kind = data::SourceKind::table,
       .shape = {3, 1, 1},
       .columns = {{"a"}, {"constant"}, {"ground", {"grass", "sand"}}}},
      {.name = "photo", .shape = {3, 4, 4}}};
};

}  // namespace cmc::views::test
