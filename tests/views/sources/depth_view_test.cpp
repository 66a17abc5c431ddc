#include "cmc/views/sources/depth_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cmc/views/sources/source_views.h"
#include "tests/views/pictures.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::rows_of;
using ::testing::ElementsAre;

constexpr float unseen = std::numeric_limits<float>::quiet_NaN();

TEST(DepthView, TakesPixelsAndMarksWhatWasSeen) {
  // Of 16 × 32 the middle 14 × 14 are seen, from row 1 and column 9, as 2 × 2 cells of 7 pixels.
  data::Sample sample{.values = {cv::Mat(16, 32, CV_32FC1, cv::Scalar(9))}};
  sample.values[0].at<float>(4, 12) = 3;
  sample.values[0].at<float>(4, 19) = 4;
  sample.values[0].at<float>(11, 12) = 5;
  sample.values[0].at<float>(11, 19) = unseen;
  const Standardization known{{2}, {0.5}, {0.1}};
  const auto view = make_view(DepthViewOptions{.size = 2}, {"depth", 0}, Mode::evaluate, known);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(2, 1, 4, 1, 6, 1, 0, 0));
}

TEST(DepthView, TakesRandomWindowsOfAtLeastTheirShare) {
  // 40 × 32 pixels that tell where they stand.
  data::Sample sample{.values = {cv::Mat(32, 40, CV_32FC1)}};
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 40; ++x) sample.values[0].at<float>(y, x) = static_cast<float>(x + 100 * y);
  const Standardization known{{0}, {1}, {0}};
  const AugmentationOptions crop{.crop = Crop::random_resized, .scale = {0.25, 1}, .ratio = {1, 1}};
  const auto train = make_view(DepthViewOptions{.size = 8, .augmentation = crop}, {"depth", 0},
                               Mode::train, known);
  double smallest = 32, largest = 0;
  int left = 40, right = 0, top = 32, bottom = 0;
  for (std::uint64_t epoch = 0; epoch < 300; ++epoch) {
    const auto seen = rows_of(*train, sample, {.epoch = epoch})[0];
    const auto first = static_cast<int>(seen[0]), last = static_cast<int>(seen[2 * 63]);
    // Seven of eight steps lie between the first pixel and the last.
    const int across = last % 100 - first % 100, down = last / 100 - first / 100;
    ASSERT_NEAR(across, down, 1);
    smallest = std::min(smallest, across * 8 / 7.0);
    largest = std::max(largest, across * 8 / 7.0);
    left = std::min(left, first % 100);
    right = std::max(right, last % 100);
    top = std::min(top, first / 100);
    bottom = std::max(bottom, last / 100);
  }
  EXPECT_NEAR(smallest, 17.9, 1.5);  // √(0.25 · 32 · 40)
  EXPECT_NEAR(largest, 32, 1.5);
  EXPECT_LE(left, 2);
  EXPECT_GE(right, 37);
  EXPECT_LE(top, 2);
  EXPECT_GE(bottom, 29);
  const auto evaluate = make_view(DepthViewOptions{.size = 8, .augmentation = crop}, {"depth", 0},
                                  Mode::evaluate, known);
  const auto plain = make_view(DepthViewOptions{.size = 8}, {"depth", 0}, Mode::evaluate, known);
  EXPECT_EQ(rows_of(*evaluate, sample, {.epoch = 1}), rows_of(*plain, sample));
}

TEST(DepthView, FlipsAsOftenAsAskedAndOnlyInTraining) {
  data::Sample sample{.values = {cv::Mat(2, 2, CV_32FC1)}};
  float* const metres = sample.values[0].ptr<float>();
  std::ranges::copy(std::vector<float>{1, 2, unseen, 4}, metres);
  const Standardization known{{0}, {1}, {0}};
  const DepthViewOptions options{.size = 2, .augmentation = {.flip_probability = 0.3}};
  const auto train = make_view(options, {"depth", 0}, Mode::train, known);
  const auto evaluate = make_view(options, {"depth", 0}, Mode::evaluate, known);
  const std::vector<float> whole{1, 1, 2, 1, 0, 0, 4, 1}, flipped{2, 1, 1, 1, 4, 1, 0, 0};
  int flips = 0;
  for (std::uint64_t epoch = 0; epoch < 2000; ++epoch) {
    const auto seen = rows_of(*train, sample, {.epoch = epoch})[0];
    ASSERT_TRUE(seen == whole || seen == flipped);
    flips += seen == flipped;
    ASSERT_EQ(rows_of(*evaluate, sample, {.epoch = epoch})[0], whole);
  }
  EXPECT_NEAR(flips, 600, 80);
}

// A picture whose red and green are column and row, and depth that is the same: where they are
// aligned each pixel of the views tells one place in both.
class Camera {
 public:
  Camera() {
    cv::Mat color(120, 160, CV_8UC3), depth(120, 160, CV_32FC1);
    for (int y = 0; y < 120; ++y)
      for (int x = 0; x < 160; ++x) {
        color.at<cv::Vec3b>(y, x) =
            cv::Vec3b(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 0);
        depth.at<float>(y, x) = static_cast<float>(x + 1000 * y);
      }
    sample_.values = {color, depth};
  }

  /// The farthest, in pixels, that the depth's place is from the picture's, over `epochs` draws.
  double apart(const AugmentationOptions& crop, const std::string& align_with, Mode mode,
               bool& mirrored) const {
    const std::vector<data::Source> sources{{.name = "color", .shape = {3, 120, 160}},
                                            {.name = "depth", .kind = SourceKind::depth}};
    const std::vector<SourceView> views{{"color", 0,
                                         ViewRecipe{.split = WholeOptions{},
                                                    .augmentation = crop,
                                                    .size = 16,
                                                    .normalization = {{0}, {1 / 255.0}}}},
                                        {"depth", 1, DepthViewOptions{.size = 16}, align_with}};
    const auto transform = make_source_views(views, sources, mode, {{"depth", {{0}, {1}, {0}}}});
    double farthest = 0;
    for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
      const auto rows = rows_of(*transform, sample_, {.epoch = epoch});
      mirrored = mirrored || rows[0][0] > rows[0][3 * 15];
      for (std::size_t p = 0; p < 256; ++p) {
        if (rows[1][2 * p + 1] == 0) continue;  // beyond an edge
        const double place = rows[1][2 * p], x = std::fmod(place, 1000), y = place / 1000;
        farthest = std::max(
            {farthest, std::abs(x - rows[0][3 * p]), std::abs(std::floor(y) - rows[0][3 * p + 1])});
      }
    }
    return farthest;
  }

 private:
  data::Sample sample_;
};

TEST(DepthView, ShowsTheWindowOfThePictureThatItIsAlignedWith) {
  const Camera camera;
  for (const Crop crop : {Crop::none, Crop::random_resized, Crop::pad_and_shift}) {
    const AugmentationOptions options{.crop = crop, .flip_probability = 0.5};
    bool mirrored = false;
    EXPECT_LT(camera.apart(options, "color", Mode::train, mirrored), 1.6) << name(crop);
    EXPECT_TRUE(mirrored) << name(crop);
    EXPECT_GT(camera.apart(options, "", Mode::train, mirrored), 10) << name(crop);
    EXPECT_LT(camera.apart(options, "", Mode::evaluate, mirrored), 1.6) << name(crop);
  }
}

}  // namespace
}  // namespace cmc::views
