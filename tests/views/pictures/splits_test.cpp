#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using test::as_stored;
using test::coded_rgb;
using test::error_of;
using test::noise;
using test::shape_of;
using test::views_of;
using ::testing::HasSubstr;

TEST(Halves, CutTheWidthAndLeaveTheMiddleColumn) {
  const ViewRecipe recipe{.split = HalvesOptions{}, .normalization = as_stored()};
  const cv::Mat image = coded_rgb(7, 4);
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  ASSERT_EQ(split->views().size(), 2u);
  EXPECT_EQ(split->views()[0].name, "left");
  EXPECT_EQ(split->views()[1].name, "right");
  EXPECT_EQ(split->views()[1].width, 3);
  EXPECT_EQ(split->views()[1].height, 4);
  const auto rows = views_of(*split, image);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 3; ++x) {
      const int pixel = 3 * (y * 3 + x);
      EXPECT_NEAR(rows[0][pixel], x, 1e-3);
      EXPECT_NEAR(rows[1][pixel], 4 + x, 1e-3);
      EXPECT_NEAR(rows[1][pixel + 1], y, 1e-3);
      EXPECT_NEAR(rows[1][pixel + 2], 100, 1e-3);
    }
  }
}

TEST(Halves, CutTheHeight) {
  const ViewRecipe recipe{.split = HalvesOptions{.cut = Cut::top_bottom},
                          .normalization = as_stored()};
  const auto rows = views_of(recipe, coded_rgb(4, 6));
  ASSERT_EQ(rows[1].size(), 3u * 4 * 3);
  EXPECT_NEAR(rows[0][1], 0, 1e-3);
  EXPECT_NEAR(rows[1][1], 3, 1e-3);
  EXPECT_NEAR(rows[1].end()[-2], 5, 1e-3);
}

TEST(Halves, SeeTheFlippedPicture) {
  // The left half of a flipped picture is its right half mirrored.
  const ViewRecipe recipe{.split = HalvesOptions{},
                          .augmentation = AugmentationOptions{.flip_probability = 1},
                          .normalization = as_stored()};
  const auto rows = views_of(recipe, coded_rgb(8, 2));
  for (int x = 0; x < 4; ++x) {
    EXPECT_NEAR(rows[0][3 * x], 7 - x, 1e-3);
    EXPECT_NEAR(rows[1][3 * x], 3 - x, 1e-3);
  }
}

TEST(Halves, OfGreyAndDeepPictures) {
  const ViewRecipe recipe{.split = HalvesOptions{}};
  cv::Mat deep(1, 4, CV_16UC1);
  deep.at<std::uint16_t>(0, 0) = 0;
  deep.at<std::uint16_t>(0, 1) = 65535;
  deep.at<std::uint16_t>(0, 2) = 257;  // one step of 8 bits
  deep.at<std::uint16_t>(0, 3) = 32768;
  const auto rows = views_of(recipe, deep);
  EXPECT_FLOAT_EQ(rows[0][0], -1);
  EXPECT_FLOAT_EQ(rows[0][1], 1);
  EXPECT_NEAR(rows[1][0], 2.0 / 255 - 1, 1e-6);
  EXPECT_NEAR(rows[1][1], 2 * 32768.0 / 65535 - 1, 1e-6);
}

TEST(Quadrants, AreTheFourCorners) {
  const ViewRecipe recipe{.split = QuadrantsOptions{}, .normalization = as_stored()};
  const cv::Mat image = coded_rgb(7, 6);
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  const auto rows = views_of(*split, image);
  const struct {
    const char* name;
    int x, y;
  } corners[] = {
      {"top-left", 0, 0}, {"top-right", 4, 0}, {"bottom-left", 0, 3}, {"bottom-right", 4, 3}};
  ASSERT_EQ(rows.size(), 4u);
  for (int v = 0; v < 4; ++v) {
    EXPECT_EQ(split->views()[v].name, corners[v].name);
    ASSERT_EQ(rows[v].size(), 3u * 3 * 3);
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 3; ++x) {
        EXPECT_NEAR(rows[v][3 * (3 * y + x)], corners[v].x + x, 1e-3);
        EXPECT_NEAR(rows[v][3 * (3 * y + x) + 1], corners[v].y + y, 1e-3);
      }
    }
  }
}

TEST(Patches, StandAtTheChosenDistanceAnywhereInThePicture) {
  const ViewRecipe recipe{.split = PatchesOptions{.size = 5, .distance = 3},
                          .normalization = as_stored()};
  const cv::Mat image = coded_rgb(12, 10);
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  std::array<std::array<int, 5>, 3> seen{};  // 12 − 8 + 1 columns, 10 − 8 + 1 lines
  for (std::uint64_t sample = 0; sample < 600; ++sample) {
    const auto rows = views_of(*split, image, {.seed = 4, .sample = sample});
    const long x = std::lround(rows[0][0]), y = std::lround(rows[0][1]);
    ASSERT_TRUE(x >= 0 && x < 5 && y >= 0 && y < 3);
    ++seen[y][x];
    for (int i = 0; i < 25; ++i) {
      ASSERT_NEAR(rows[0][3 * i], x + i % 5, 1e-3);
      ASSERT_NEAR(rows[1][3 * i], x + 3 + i % 5, 1e-3);
      ASSERT_NEAR(rows[1][3 * i + 1], y + 3 + i / 5, 1e-3);
    }
  }
  for (const auto& line : seen) {
    for (const int count : line) EXPECT_GT(count, 15);  // 40 expected of each of the 15 places
  }
}

TEST(Patches, AreCentredInEvaluation) {
  const ViewRecipe recipe{.split = PatchesOptions{.size = 4, .distance = 2},
                          .normalization = as_stored()};
  for (std::uint64_t sample = 0; sample < 3; ++sample) {
    const auto rows = views_of(recipe, coded_rgb(12, 10), {.sample = sample}, Mode::evaluate);
    EXPECT_NEAR(rows[0][0], 3, 1e-3);  // (12 − 6) / 2
    EXPECT_NEAR(rows[0][1], 2, 1e-3);  // (10 − 6) / 2
    EXPECT_NEAR(rows[1][0], 5, 1e-3);
  }
}

TEST(Augmented, ViewsAreDrawnIndependently) {
  const cv::Mat image = noise(32, 32, CV_8UC3);
  const ViewRecipe recipe{.split = AugmentedOptions{.views = 3}};
  const auto rows = views_of(recipe, image, {.seed = 1});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_NE(rows[0], rows[1]);
  EXPECT_NE(rows[1], rows[2]);
  EXPECT_EQ(rows, views_of(recipe, image, {.seed = 1}));
  EXPECT_NE(rows[0], views_of(recipe, image, {.seed = 2})[0]);
  // One view's draws do not hang on how many there are.
  const ViewRecipe two{.split = AugmentedOptions{.views = 2}};
  EXPECT_EQ(rows[1], views_of(two, image, {.seed = 1})[1]);
}

TEST(Augmented, ViewsFlipIndependently) {
  const ViewRecipe recipe{.split = AugmentedOptions{},
                          .augmentation = AugmentationOptions{.flip_probability = 0.5},
                          .normalization = as_stored()};
  const cv::Mat image = coded_rgb(10, 3);
  int both = 0, first = 0, second = 0;
  for (std::uint64_t sample = 0; sample < 400; ++sample) {
    const auto rows = views_of(recipe, image, {.seed = 3, .sample = sample});
    const bool a = rows[0][0] > 1, b = rows[1][0] > 1;
    first += a, second += b, both += a && b;
  }
  EXPECT_NEAR(first, 200, 45);
  EXPECT_NEAR(second, 200, 45);
  EXPECT_NEAR(both, 100, 40);
}

TEST(Augmented, EvaluationShowsThePlainPictureInEachView) {
  const auto rows = views_of(ViewRecipe{.split = AugmentedOptions{}, .normalization = as_stored()},
                             coded_rgb(8, 8), {}, Mode::evaluate);
  EXPECT_EQ(rows[0], rows[1]);
  EXPECT_NEAR(rows[0][3 * 7], 7, 1e-3);
}

TEST(Frequency, LowAndRestAreTheWhole) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_16UC3}) {
    const cv::Mat image = noise(28, 20, type);
    const ViewRecipe recipe{.split = FrequencyOptions{.sigma = 2}};
    const auto rows = views_of(recipe, image);
    const double full = image.depth() == CV_8U ? 255 : 65535;
    const cv::Mat flat = image.reshape(1);
    for (int y = 0; y < flat.rows; ++y) {
      for (int x = 0; x < flat.cols; ++x) {
        const double stored =
            image.depth() == CV_8U ? flat.at<std::uint8_t>(y, x) : flat.at<std::uint16_t>(y, x);
        const int i = y * flat.cols + x;
        ASSERT_NEAR(rows[0][i] + rows[1][i], 2 * stored / full - 1, 1e-5);
      }
    }
  }
}

TEST(Frequency, LowIsAGaussianAverage) {
  // One bright pixel, far from the edges, spreads as exp(−d²/2σ²)/Σ.
  cv::Mat image = cv::Mat::zeros(41, 41, CV_8UC1);
  image.at<std::uint8_t>(20, 20) = 255;
  const ViewRecipe recipe{.split = FrequencyOptions{.sigma = 1.5},
                          .normalization = {.mean = {0}, .deviation = {1}}};
  const auto rows = views_of(recipe, image);
  double sum = 0;
  for (int d = -20; d <= 20; ++d) sum += std::exp(-d * d / (2 * 1.5 * 1.5));
  for (int d = 0; d < 4; ++d) {
    const double expected = std::exp(-d * d / (2 * 1.5 * 1.5)) / (sum * sum);
    EXPECT_NEAR(rows[0][20 * 41 + 20 + d], expected, 2e-5);
  }
  EXPECT_NEAR(rows[1][20 * 41 + 20], 1 - 1 / (sum * sum), 2e-5);
}

TEST(Color, SplitsLabAsTheFormulaSays) {
  const cv::Mat image = noise(9, 5, CV_8UC3);
  const ViewRecipe recipe{.split = ColorOptions{},
                          .normalization = {.mean = {50, 1, 2}, .deviation = {50, 4, 8}}};
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  EXPECT_EQ(split->views()[0].name, "L");
  EXPECT_EQ(split->views()[1].name, "ab");
  EXPECT_EQ(split->views()[1].channels, 2);
  const auto rows = views_of(*split, image);
  std::vector<float> lab(3 * 45);
  convert(ColorSpace::lab, std::span<const std::uint8_t>(image.ptr(), 3 * 45),
          {{{lab.data(), 3}, {lab.data() + 1, 3}, {lab.data() + 2, 3}}});
  for (int i = 0; i < 45; ++i) {
    EXPECT_NEAR(rows[0][i], (lab[3 * i] - 50) / 50, 1e-5);
    EXPECT_NEAR(rows[1][2 * i], (lab[3 * i + 1] - 1) / 4, 1e-4);
    EXPECT_NEAR(rows[1][2 * i + 1], (lab[3 * i + 2] - 2) / 8, 1e-4);
  }
}

TEST(Color, AnyChannelMayStandAlone) {
  const cv::Mat image = coded_rgb(4, 4);
  const ViewRecipe recipe{.split = ColorOptions{.space = ColorSpace::rgb, .alone = "G"},
                          .normalization = as_stored()};
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  EXPECT_EQ(split->views()[0].name, "G");
  EXPECT_EQ(split->views()[1].name, "RB");
  const auto rows = views_of(*split, image);
  const int pixel = 2 * 4 + 3;
  EXPECT_NEAR(rows[0][pixel], 2, 1e-3);
  EXPECT_NEAR(rows[1][2 * pixel], 3, 1e-3);
  EXPECT_NEAR(rows[1][2 * pixel + 1], 100, 1e-3);
}

TEST(Color, EveryChannelMayBeAViewOfItsOwn) {
  const cv::Mat image = coded_rgb(4, 4);
  const ViewRecipe recipe{.split = ChannelsOptions{.space = ColorSpace::rgb},
                          .normalization = as_stored()};
  const auto split = make_split(recipe, shape_of(image), Mode::train);
  ASSERT_EQ(split->views().size(), 3u);
  const auto rows = views_of(*split, image);
  const int pixel = 2 * 4 + 3;  // R counts the columns, G the rows, B is 100
  const std::array<const char*, 3> names = {"R", "G", "B"};
  const std::array<float, 3> values = {3, 2, 100};
  for (std::size_t v = 0; v < 3; ++v) {
    EXPECT_EQ(split->views()[v].name, names[v]);
    EXPECT_EQ(split->views()[v].channels, 1);
    EXPECT_NEAR(rows[v][pixel], values[v], 1e-3);
  }
}

TEST(Color, ViewsShareTheFlip) {
  const ViewRecipe recipe{.split = ColorOptions{.space = ColorSpace::rgb},
                          .augmentation = AugmentationOptions{.flip_probability = 0.5},
                          .normalization = as_stored()};
  const cv::Mat image = coded_rgb(10, 3);
  int flipped = 0;
  for (std::uint64_t sample = 0; sample < 400; ++sample) {
    const auto rows = views_of(recipe, image, {.seed = 3, .sample = sample});
    const bool mirrored = rows[0][0] > 1;
    flipped += mirrored;
    // R counts the columns; the second view's G counts the rows and B is 100.
    EXPECT_NEAR(rows[0][0], mirrored ? 9 : 0, 1e-3);
    EXPECT_NEAR(rows[1][1], 100, 1e-3);
  }
  EXPECT_NEAR(flipped, 200, 45);  // four and a half deviations
}

TEST(Color, RefusesGreyAndUnknownChannels) {
  const ViewRecipe lab{.split = ColorOptions{}};
  EXPECT_THAT(error_of([&] { make_split(lab, {1, 28, 28}, Mode::train); }), HasSubstr("grey"));
  const ViewRecipe wrong{.split = ColorOptions{.alone = "Y"}};
  EXPECT_THAT(error_of([&] {
                make_split(wrong, {3, 28, 28}, Mode::train);
              }),
              HasSubstr("the channels of lab are L, a and b"));
}

TEST(Split, GreyPicturesAmongColouredOnesAreGreyInRgb) {
  // A folder may hold both; its shape leaves the channels open.
  const ViewRecipe recipe{.split = ColorOptions{}, .size = 8};
  const auto split = make_split(recipe, {}, Mode::train);
  const auto rows = views_of(*split, noise(8, 8, CV_8UC1));
  const Normalization normal = resolve({}, ColorSpace::lab, 3);
  for (int i = 0; i < 64; ++i) {
    EXPECT_NEAR(rows[1][2 * i] * normal.deviation[1] + normal.mean[1], 0, 5e-3);
  }
}

TEST(Split, RefusesOtherPictures) {
  const auto split = make_split({.split = HalvesOptions{}}, {1, 8, 8}, Mode::train);
  EXPECT_THAT(error_of([&] { views_of(*split, noise(8, 8, CV_8UC3), {.sample = 7}); }),
              HasSubstr("sample 7"));
  EXPECT_THAT(error_of([&] { views_of(*split, cv::Mat::zeros(8, 8, CV_32FC1)); }),
              HasSubstr("neither 8 nor 16 bit"));
}

}  // namespace
}  // namespace cmc::views
