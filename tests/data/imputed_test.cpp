#include "cmc/data/imputed.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

namespace cmc::data {
namespace {

/// Two tables of 12 and 8 numbers that three hidden ones decide but for a little noise.
class TwoTables : public Dataset {
 public:
  TwoTables(std::int64_t samples, double missing, double mean = 7) {
    at::manual_seed(3);
    numbers_ = (at::randn({samples, 3}).mm(at::randn({3, 20})) + 0.05 * at::randn({samples, 20}))
                   .to(at::kDouble) +
               mean;
    gone_ = at::rand({samples, 20}) < missing;
    for (std::size_t s = 0; s < 2; ++s) {
      Source source{.name = s == 0 ? "one" : "other", .kind = SourceKind::table};
      for (int c = 0; c < (s == 0 ? 12 : 8); ++c) source.columns.push_back({std::to_string(c)});
      sources_.push_back(source);
    }
  }

  cv::Mat cells(std::int64_t index, std::size_t source, bool whole) const {
    if (source == 1 && index == 5) return {};  // lacks the table
    cv::Mat row(1, source == 0 ? 12 : 8, CV_64F);
    for (int c = 0; c < row.cols; ++c) {
      const std::int64_t column = c + (source == 0 ? 0 : 12);
      const bool gone = !whole && gone_[index][column].item<bool>();
      row.at<double>(c) = gone ? std::nan("") : numbers_[index][column].item<double>();
    }
    return row;
  }

  std::int64_t size() const override { return numbers_.size(0); }
  Sample get(std::int64_t index) const override {
    Sample sample;
    sample.index = index;
    sample.values = {cells(index, 0, false), cells(index, 1, false)};
    return sample;
  }
  std::int64_t label(std::int64_t) const override { return no_label; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  at::Tensor numbers_, gone_;
  std::vector<Source> sources_;
  std::vector<std::string> classes_;
};

/// Fills gaps in numbers about `mean`.
void expect_filled(double mean) {
  const auto gaps = std::make_shared<TwoTables>(300, 0.3, mean);
  const auto whole = imputed(gaps, {.rank = 6, .iterations = 30});
  ASSERT_NE(whole, gaps);
  double squares = 0, spread = 0;
  int filled = 0;
  for (std::int64_t i = 0; i < gaps->size(); ++i) {
    for (std::size_t s = 0; s < 2; ++s) {
      const cv::Mat before = gaps->value(i, s), after = whole->value(i, s);
      if (s == 1 && i == 5) {
        EXPECT_TRUE(after.empty());
        continue;
      }
      const cv::Mat truth = gaps->cells(i, s, true);
      for (int c = 0; c < before.cols; ++c) {
        if (!std::isnan(before.at<double>(c))) {
          EXPECT_EQ(after.at<double>(c), before.at<double>(c));
          continue;
        }
        ++filled;
        squares += std::pow(after.at<double>(c) - truth.at<double>(c), 2);
        spread += std::pow(truth.at<double>(c) - mean, 2);
      }
    }
  }
  EXPECT_GT(filled, 1500);
  EXPECT_LT(std::sqrt(squares / spread), 0.1);  // the mean in their place would give 1
  EXPECT_EQ(cv::norm(whole->get(2).values[1], whole->value(2, 1)), 0);
}

TEST(Imputed, FillsWhatIsMissingFromAllTablesAndKeepsTheRest) {
  expect_filled(7);
}

// Times since 1970, which float32 holds to 128 s.
TEST(Imputed, FillsWhatLiesFarFromZeroAndCloseTogether) {
  expect_filled(1.7e9);
}

TEST(Imputed, IsTheDataSetItselfWhereNothingIsMissing) {
  class Complete : public TwoTables {
   public:
    Complete() : TwoTables(8, 0) {}
    Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart&) const override {
      return whole(cells(index == 5 ? 4 : index, source, true));
    }
  };
  const auto complete = std::make_shared<Complete>();
  EXPECT_EQ(imputed(complete), complete);
}

}  // namespace
}  // namespace cmc::data
