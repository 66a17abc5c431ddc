#include "cmc/views/sources/series_view.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <set>

#include "cmc/error.h"
#include "tests/temporary_folder.h"
#include "tests/views/numbers_dataset.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using test::rows_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

ViewOrigin origin(const std::vector<std::string>& channels) {
  data::Source source{.name = "watch",
                      .kind = data::SourceKind::series,
                      .shape = {static_cast<std::int64_t>(channels.size()), 1, 0}};
  for (const std::string& channel : channels) source.columns.push_back({channel, {}});
  return {"watch", 0, source};
}

/// Standardised as they are.
Standardization plain(std::size_t channels) {
  return {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0),
          std::vector<double>(channels, 0.0)};
}

cv::Mat series(int channels, const std::vector<float>& numbers) {
  return cv::Mat(numbers, true).reshape(1, channels);
}

/// Channels × steps that count from 1.
cv::Mat counting(int channels, int steps) {
  std::vector<float> numbers(static_cast<std::size_t>(channels * steps));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i + 1);
  return series(channels, numbers);
}

std::vector<float> seen(const SeriesViewOptions& options, const cv::Mat& value, Mode mode,
                        const RandomKey& key = {}) {
  std::vector<std::string> names = {"x", "y", "z", "u"};
  names.resize(static_cast<std::size_t>(value.rows));
  const auto view = make_view(options, origin(names), mode, plain(names.size()));
  return rows_of(*view, {.values = {value}}, key)[0];
}

TEST(SeriesView, PadsBehindTheEndWithAMaskAndTakesTheMiddleOfWhatIsLonger) {
  const auto view = make_view(SeriesViewOptions{.length = 4}, origin({"x", "y"}), Mode::evaluate,
                              Standardization{{1, 10}, {2, 5}, {0, 0}});
  const data::ViewShape& shape = view->views()[0];
  EXPECT_EQ(shape.channels, 3);
  EXPECT_EQ(shape.width, 4);
  EXPECT_TRUE(shape.masked);
  EXPECT_THAT(rows_of(*view, {.values = {series(2, {1, 3, 10, 20})}})[0],
              ElementsAre(0, 0, 1, 1, 2, 1, 0, 0, 0, 0, 0, 0));
  // Six steps: the second to the fifth.
  EXPECT_THAT(rows_of(*view, {.values = {series(2, {1, 3, 5, 7, 9, 11, 0, 5, 10, 15, 20, 25})}})[0],
              ElementsAre(1, -1, 1, 2, 0, 1, 3, 1, 1, 4, 2, 1));
}

TEST(SeriesView, FillsGapsAndTakesAChannelWithoutNumbersForItsMean) {
  EXPECT_THAT(seen({.length = 4}, series(2, {nan, 2, nan, 4, nan, nan, nan, nan}), Mode::evaluate),
              ElementsAre(2, 0, 1, 2, 0, 1, 3, 0, 1, 4, 0, 1));
}

TEST(SeriesView, CountsItsWindowInSecondsWhereARateIsGiven) {
  const auto view = make_view(SeriesViewOptions{.length = 9, .rate = 12.5, .seconds = 2},
                              origin({"x"}), Mode::evaluate, plain(1));
  EXPECT_EQ(view->views()[0].width, 25);
}

TEST(SeriesView, MeasuresEachChannelOverAllStepsButGaps) {
  class Walks : public test::NumbersDataset {
   public:
    explicit Walks(std::vector<cv::Mat> values)
        : NumbersDataset(std::move(values), {}), sources_{origin({"x", "y"}).source} {}
    const std::vector<data::Source>& sources() const override { return sources_; }

   private:
    std::vector<data::Source> sources_;
  };
  const Walks walks({series(2, {1, 2, 3, 7, 7, 7}), series(2, {nan, 6, 7, 7})});
  const auto known = measure_view(SeriesViewOptions{}, origin({"x", "y"}), walks).value();
  EXPECT_THAT(known.mean, ElementsAre(3, 7));  // of 1, 2, 3 and 6
  EXPECT_DOUBLE_EQ(known.deviation[0], std::sqrt((4 + 1 + 0 + 9) / 4.0));
  EXPECT_EQ(known.deviation[1], 1);  // of a constant channel
  EXPECT_THAT(known.missing, ElementsAre(0.2, 0));
}

TEST(SeriesView, CropsARandomWindowInTrainingAlone) {
  const cv::Mat value = counting(1, 10);
  std::set<float> firsts, counts;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto row = seen({.length = 8, .crop = 0.5}, value, Mode::train, {.sample = i});
    float count = 0;
    for (std::size_t t = 0; t < 8; ++t) {
      count += row[2 * t + 1];
      if (t > 0 && row[2 * t + 1] > 0) {
        ASSERT_EQ(row[2 * t], row[2 * t - 2] + 1);
      }
    }
    firsts.insert(row[0]);
    counts.insert(count);
  }
  EXPECT_THAT(counts, ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(firsts, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(seen({.length = 8, .crop = 0.5}, value, Mode::evaluate),
            seen({.length = 8}, value, Mode::evaluate));
}

TEST(SeriesView, EvaluationIsLeftAloneByAllThatDisturbs) {
  const cv::Mat value = counting(3, 6);
  const SeriesViewOptions all{.length = 6,
                              .crop = 0.5,
                              .warp = 1,
                              .rotation = {"x..z"},
                              .segments = 3,
                              .scaling = 1,
                              .noise = 1,
                              .channel_dropout = 0.5};
  EXPECT_EQ(seen(all, value, Mode::evaluate), seen({.length = 6}, value, Mode::evaluate));
  const auto once = seen(all, value, Mode::train, {.sample = 3});
  EXPECT_EQ(once, seen(all, value, Mode::train, {.sample = 3}));
  EXPECT_NE(once, seen(all, value, Mode::train, {.sample = 4}));
}

TEST(SeriesView, RotationKeepsLengthsAndLeavesOtherChannels) {
  const cv::Mat value = counting(4, 5);
  bool turned = false;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto row = seen({.length = 5, .rotation = {"x..z"}}, value, Mode::train, {.sample = i});
    for (int t = 0; t < 5; ++t) {
      double before = 0, after = 0;
      for (int c = 0; c < 3; ++c) {
        before += std::pow(value.at<float>(c, t), 2);
        after += std::pow(row[static_cast<std::size_t>(5 * t + c)], 2);
        turned |= std::abs(value.at<float>(c, t) - row[static_cast<std::size_t>(5 * t + c)]) > 1;
      }
      EXPECT_NEAR(before, after, 1e-3 * before);
      EXPECT_EQ(row[static_cast<std::size_t>(5 * t + 3)], value.at<float>(3, t));
    }
  }
  EXPECT_TRUE(turned);
}

TEST(SeriesView, ScalingAndNoiseAndDropoutKeepToTheirMeasure) {
  constexpr int steps = 4000;
  const cv::Mat ones = series(2, std::vector<float>(2 * steps, 1.0f));
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto row = seen({.length = steps, .scaling = 0.5}, ones, Mode::train, {.sample = i});
    EXPECT_GE(row[0], 1 / 1.5f);
    EXPECT_LE(row[0], 1.5f);
    EXPECT_NE(row[0], row[1]);                // each channel has its own
    EXPECT_EQ(row[0], row[3 * (steps - 1)]);  // for all steps
  }
  const auto noisy = seen({.length = steps, .noise = 0.2}, ones, Mode::train);
  double sum = 0, squares = 0;
  for (int t = 0; t < steps; ++t) {
    sum += noisy[static_cast<std::size_t>(3 * t)];
    squares += std::pow(noisy[static_cast<std::size_t>(3 * t)] - 1.0, 2);
  }
  EXPECT_NEAR(sum / steps, 1, 0.01);
  EXPECT_NEAR(std::sqrt(squares / steps), 0.2, 0.01);
  int dropped = 0;
  const cv::Mat four = series(4, std::vector<float>(8, 1.0f));
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto row = seen({.length = 2, .channel_dropout = 0.4}, four, Mode::train, {.sample = i});
    int gone = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      gone += row[c] == 0;
      EXPECT_EQ(row[c], row[5 + c]);
    }
    EXPECT_LT(gone, 4);
    dropped += gone;
  }
  EXPECT_NEAR(dropped / 500.0, 3 * 0.4, 0.12);  // one of the four stays
}

TEST(SeriesView, SegmentsMoveWholeSteps) {
  const cv::Mat value = counting(2, 9);
  std::set<float> firsts;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto row = seen({.length = 9, .segments = 3}, value, Mode::train, {.sample = i});
    std::set<float> steps;
    for (std::size_t t = 0; t < 9; ++t) {
      EXPECT_EQ(row[3 * t + 1], row[3 * t] + 9);
      steps.insert(row[3 * t]);
    }
    EXPECT_EQ(steps.size(), 9u);
    firsts.insert(row[0]);
  }
  EXPECT_GT(firsts.size(), 3u);
}

TEST(SeriesView, AWarpedRampStaysARampBetweenTheSameEnds) {
  const cv::Mat value = counting(1, 20);
  const auto row = seen({.length = 20, .warp = 1}, value, Mode::train);
  EXPECT_EQ(row[0], 1);
  EXPECT_FLOAT_EQ(row[38], 20);
  double moved = 0;
  for (std::size_t t = 1; t < 20; ++t) {
    EXPECT_GT(row[2 * t], row[2 * t - 2]);
    moved = std::max(moved, std::abs(row[2 * t] - value.at<float>(0, static_cast<int>(t)) + 0.0));
  }
  EXPECT_GT(moved, 0.1);
}

TEST(SeriesView, AnExportedGraphMakesWhatTheLoaderMakes) {
  const auto view = make_view(SeriesViewOptions{.length = 4}, origin({"x", "y"}), Mode::evaluate,
                              Standardization{{1, 10}, {2, 5}, {0, 0}});
  EXPECT_EQ(view->raw_input(0).type, at::kFloat);
  const at::Tensor raw = at::tensor({1.f, 3.f, 5.f, 7.f, 0.f, 5.f, 10.f, 20.f,  //
                                     1.f, 3.f, nan, nan, 10.f, 20.f, nan, nan})
                             .reshape({2, 2, 4});
  const at::Tensor made = view->of_batch(0, raw);
  ASSERT_EQ(made.sizes(), at::IntArrayRef({2, 3, 1, 4}));
  const std::vector<cv::Mat> values = {series(2, {1, 3, 5, 7, 0, 5, 10, 20}),
                                       series(2, {1, 3, 10, 20})};
  for (int i = 0; i < 2; ++i) {
    auto row = rows_of(*view, {.values = {values[static_cast<std::size_t>(i)]}})[0];
    const at::Tensor due = at::from_blob(row.data(), {4, 3}, at::kFloat).t().unsqueeze(1);
    EXPECT_TRUE(at::allclose(made[i], due)) << i;
  }
}

TEST(SeriesView, NamesTheOptionThatIsOutOfRange) {
  const auto message = [](const SeriesViewOptions& options) {
    return message_of<Error>([&] {
      make_view(options, origin({"x", "y", "z", "u"}), Mode::train, plain(4));
    });
  };
  EXPECT_THAT(message({.length = 1}),
              HasSubstr("view \"watch\": length = 1: it must be within [2"));
  EXPECT_THAT(message({.rate = 10, .seconds = 0.1}), HasSubstr("are 1 time steps: 2 to"));
  EXPECT_THAT(message({.crop = 0}), HasSubstr("crop = 0: it must be within (0, 1]"));
  EXPECT_THAT(message({.channel_dropout = 1}), HasSubstr("dropout = 1: it must be within [0, 1)"));
  EXPECT_THAT(message({.rotation = {"x..zz"}}),
              HasSubstr("there is no channel \"zz\"; the nearest is \"z\""));
  EXPECT_THAT(message({.rotation = {"x..u"}}), HasSubstr("three channels, one behind the other"));
  EXPECT_EQ(message({.rotation = {"y..u"}}), "");
}

TEST(SeriesView, IsShownAsLinesAndItsPaddingGrey) {
  const auto view =
      make_view(SeriesViewOptions{.length = 8}, origin({"x"}), Mode::evaluate, plain(1));
  const auto row = rows_of(*view, {.values = {series(1, {3, 3, -3, -3})}})[0];
  const cv::Mat picture = view->show(0, row.data());
  EXPECT_EQ(picture.size(), cv::Size(128, 64));
  const cv::Vec3b line(0, 114, 178), absent(205, 205, 210);
  EXPECT_EQ(picture.at<cv::Vec3b>(0, 8), line);    // 3 is at the top,
  EXPECT_EQ(picture.at<cv::Vec3b>(63, 60), line);  // -3 at the bottom,
  EXPECT_EQ(picture.at<cv::Vec3b>(30, 8), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(picture.at<cv::Vec3b>(30, 100), absent);  // and nothing behind the end
}

}  // namespace
}  // namespace cmc::views
