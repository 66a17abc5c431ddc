#include "cmc/views/sources/array_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::rows_of;
using ::testing::ElementsAre;

TEST(ArrayView, StandardisesEachChannelAndPutsChannelsLast) {
  const int sizes[] = {2, 1, 3};
  data::Sample sample{.values = {cv::Mat(3, sizes, CV_32FC1)}};
  for (int i = 0; i < 6; ++i) sample.values[0].ptr<float>()[i] = static_cast<float>(i);
  const data::Source source{.name = "scan", .kind = SourceKind::array, .shape = {2, 1, 3}};
  const Standardization known{{1, 4}, {1, 2}, {0, 0}};
  const auto view = make_view(ArrayViewOptions{}, {"scan", 0, source}, Mode::evaluate, known);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(-1, -0.5, 0, 0, 1, 0.5));
}

TEST(ArrayView, DropsValuesAndAddsNoiseAsAskedAndOnlyInTraining) {
  constexpr int count = 20000;
  const data::Sample sample{.values = {cv::Mat(1, count, CV_32FC1, cv::Scalar(3))}};
  const data::Source source{.name = "scan", .kind = SourceKind::array, .shape = {1, 1, count}};
  const Standardization known{{1}, {2}, {0}};  // what is 3 becomes 1
  const auto see = [&](const ArrayViewOptions& options, Mode mode) {
    return rows_of(*make_view(options, {"scan", 0, source}, mode, known), sample)[0];
  };
  const auto dropped = see({.dropout = 0.3}, Mode::train);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(dropped, 0.0f)), 0.3 * count, 0.01 * count);
  EXPECT_EQ(std::ranges::count(dropped, 0.0f) + std::ranges::count(dropped, 1.0f), count);

  // What isn't dropped is noisy about its value.
  const auto both = see({.dropout = 0.3, .noise = 0.5}, Mode::train);
  double n = 0, sum = 0, squares = 0;
  for (const float x : both) {
    if (x == 0) continue;
    ++n;
    sum += x;
    squares += (x - 1.0) * (x - 1.0);
  }
  EXPECT_NEAR(n, 0.7 * count, 0.01 * count);
  EXPECT_NEAR(sum / n, 1, 0.02);
  EXPECT_NEAR(std::sqrt(squares / n), 0.5, 0.015);
  EXPECT_EQ(see({.dropout = 0.3, .noise = 0.5}, Mode::evaluate), std::vector<float>(count, 1.0f));
}

}  // namespace
}  // namespace cmc::views
