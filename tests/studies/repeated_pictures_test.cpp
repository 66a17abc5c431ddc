#include "studies/repeated_pictures.h"

#include <gtest/gtest.h>

namespace cmc::studies {
namespace {

/// Pictures of one grey each, which counts how often they are read.
class Counted : public data::Dataset {
 public:
  explicit Counted(std::int64_t size) : size_(size) {}

  std::int64_t size() const override { return size_; }
  data::Sample get(std::int64_t index) const override {
    ++reads;
    return {index, data::no_label, {cv::Mat(4, 4, CV_8U, cv::Scalar(static_cast<double>(index)))}};
  }
  std::int64_t label(std::int64_t /*index*/) const override { return data::no_label; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

  mutable int reads = 0;

 private:
  std::int64_t size_;
  std::vector<std::string> classes_;
  std::vector<data::Source> sources_ = {{.shape = {1, 4, 4}}};
};

int grey(const data::Dataset& pictures, std::int64_t index) {
  return pictures.value(index, 0).at<std::uint8_t>(0, 0);
}

TEST(RepeatedPictures, AreSamplesOfTheirOwnAndReadOnce) {
  const auto three = std::make_shared<Counted>(3);
  const auto eight = repeated_pictures(three, 8);
  ASSERT_EQ(eight->size(), 8);
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(eight->get(i).index, i);
    EXPECT_EQ(grey(*eight, i), i % 3);
  }
  EXPECT_EQ(three->reads, 3);
}

TEST(RepeatedPictures, OfManyAreSomeAtEvenDistances) {
  const auto ten = std::make_shared<Counted>(10);
  const auto two = repeated_pictures(ten, 2);
  ASSERT_EQ(two->size(), 2);
  EXPECT_EQ(grey(*two, 0), 0);
  EXPECT_EQ(grey(*two, 1), 5);
  EXPECT_EQ(ten->reads, 2);
}

TEST(RepeatedPictures, NeedAPicture) {
  EXPECT_THROW(repeated_pictures(nullptr, 2), Error);
  EXPECT_THROW(repeated_pictures(std::make_shared<Counted>(0), 2), Error);
}

}  // namespace
}  // namespace cmc::studies
