#include "cmc/data/subset.h"

#include <gtest/gtest.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// Samples that are known by their names and labels alone.
class Named : public Dataset {
 public:
  explicit Named(std::int64_t size) : size_(size) {}
  std::int64_t size() const override { return size_; }
  Sample get(std::int64_t index) const override {
    return {.index = index,
            .label = label(index),
            .values = {cv::Mat(1, 1, CV_8UC1, cv::Scalar(index))}};
  }
  std::int64_t label(std::int64_t index) const override {
    return index % 3 == 0 ? no_label : index;
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override {
    static const std::vector<Source> sources{{.shape = {1, 1, 1}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::int64_t size_;
  std::vector<std::string> classes_;
};

std::vector<std::string> names(const Dataset& dataset) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < dataset.size(); ++i) names.push_back(dataset.name(i));
  return names;
}

using Names = std::vector<std::string>;

TEST(Subset, NumbersItsSamplesAnew) {
  const Subset subset(std::make_shared<Named>(10), {7, 2, 7});
  EXPECT_EQ(names(subset), (Names{"7", "2", "7"}));
  EXPECT_EQ(subset.get(1).index, 1);
  EXPECT_EQ(subset.get(1).label, 2);
  EXPECT_EQ(subset.get(1).values[0].at<std::uint8_t>(0, 0), 2);
  EXPECT_EQ(message_of<Error>([] { Subset(std::make_shared<Named>(10), {10}); }),
            "index 10 was chosen from a data set of 10 samples; 0 to 9 can be");
}

TEST(Subset, TakesTheFirstOrSpreadOrLabelledSamples) {
  const auto dataset = std::make_shared<Named>(10);
  EXPECT_EQ(names(*first(dataset, 3)), (Names{"0", "1", "2"}));
  EXPECT_EQ(names(*spread(dataset, 4)), (Names{"0", "2", "5", "7"}));
  EXPECT_EQ(names(*labelled(dataset)), (Names{"1", "2", "4", "5", "7", "8"}));
  EXPECT_EQ(first(dataset, 10), dataset);
  EXPECT_EQ(spread(dataset, 11), dataset);
  EXPECT_THROW(first(dataset, 0), Error);
}

}  // namespace
}  // namespace cmc::data
