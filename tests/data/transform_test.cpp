#include "cmc/data/transform.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cmc/data/joined.h"
#include "cmc/data/subset.h"

namespace cmc::data {
namespace {

/// A label and two sources a sample: a sound of 100 samples that can be read in part, each of them
/// its place, and a picture that can't.
class Recordings : public Dataset {
 public:
  std::int64_t size() const override { return 4; }
  Sample get(std::int64_t index) const override {
    return {index, label(index), {sound({0, 100}), cv::Mat(2, 50, CV_8UC1, cv::Scalar(index))}};
  }
  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    if (source == 1 || !choose.stretch) return whole(get(index).values[source]);
    const Stretch stretch = choose.stretch(100);
    return {sound(stretch), {stretch.first, 100}};
  }
  std::int64_t label(std::int64_t index) const override { return 10 + index; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  static cv::Mat sound(const Stretch& stretch) {
    cv::Mat sound(1, static_cast<int>(stretch.count), CV_32FC1);
    for (int i = 0; i < sound.cols; ++i)
      sound.at<float>(0, i) = static_cast<float>(stretch.first + i);
    return sound;
  }

  std::vector<std::string> classes_;
  std::vector<Source> sources_{{.name = "sound", .kind = SourceKind::audio, .rate = 8},
                               {.name = "picture"}};
};

/// Looks at ten samples of the sound from a place that the key tells.
class TenSamples : public Transform {
 public:
  const std::vector<ViewShape>& views() const override { return views_; }
  Stretch stretch(std::size_t source, std::int64_t length, const RandomKey& key) const override {
    return source == 0 ? Stretch{static_cast<std::int64_t>(key.epoch), 10} : Stretch{0, length};
  }
  void apply(const Sample&, const RandomKey&, std::span<float* const>) const override {}

 private:
  std::vector<ViewShape> views_{{"ten", 1, 1, 10}};
};

TEST(ReadFor, ReadsWhatATransformLooksAt) {
  const auto recordings = std::make_shared<Recordings>();
  const auto subset = std::make_shared<Subset>(recordings, std::vector<std::int64_t>{3, 1});
  const auto both = joined(std::make_shared<Subset>(recordings, std::vector<std::int64_t>{0}),
                           std::make_shared<Subset>(recordings, std::vector<std::int64_t>{2}));
  struct Case {
    const Dataset& dataset;
    std::int64_t index, recording;
  };
  const Case cases[] = {{*recordings, 2, 2}, {*subset, 0, 3}, {*both, 1, 2}};
  for (const Case& each : cases) {
    const Sample sample = read_for(TenSamples(), each.dataset, each.index, {.epoch = 42});
    EXPECT_EQ(sample.index, each.index);
    EXPECT_EQ(sample.label, 10 + each.recording);
    ASSERT_EQ(sample.values[0].cols, 10);
    EXPECT_EQ(sample.values[0].at<float>(0, 0), 42);
    EXPECT_EQ(sample.extent(0).first, 42);
    EXPECT_EQ(sample.extent(0).length, 100);
    EXPECT_EQ(sample.values[1].at<std::uint8_t>(0, 0), each.recording);
    EXPECT_EQ(sample.extent(1).length, 50);
    EXPECT_EQ(each.dataset.value(each.index, 0).cols, 100);
  }
  EXPECT_EQ(recordings->get(0).extent(0).length, 100);
}

}  // namespace
}  // namespace cmc::data
