#include "cmc/views/sources/bands_view.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "cmc/views/sources/source_views.h"
#include "tests/temporary_folder.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::rows_of;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr float none = std::numeric_limits<float>::quiet_NaN();

const std::vector<data::TableColumn> landsat = {{"blue"}, {"green"}, {"red"},
                                                {"nir"},  {"swir1"}, {"swir2"}};

data::Source source_of(std::int64_t bands) {
  return {.name = "scene", .kind = SourceKind::bands, .shape = {bands, 0, 0}};
}

/// A picture whose band b is 1000 b + 10 y + x at row y, column x.
data::Sample coded(int bands, int height, int width) {
  data::Sample sample{.values = {cv::Mat(height, width, CV_MAKETYPE(CV_32F, bands))}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int b = 0; b < bands; ++b)
        sample.values[0].ptr<float>(y)[x * bands + b] = static_cast<float>(1000 * b + 10 * y + x);
  return sample;
}

Standardization plain(std::size_t bands) {
  return {std::vector<double>(bands, 0), std::vector<double>(bands, 1),
          std::vector<double>(bands, 0)};
}

TEST(BandsView, SelectsBandsByNamePlaceAndRange) {
  EXPECT_THAT(selected_bands({"red", "#2", "nir..swir2"}, landsat, 6, "v"),
              ElementsAre(2, 1, 3, 4, 5));
  EXPECT_THAT(selected_bands({}, landsat, 6, "v"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(selected_bands({"#3..#4"}, {}, 4, "v"), ElementsAre(2, 3));
  const auto message = [](const std::vector<std::string>& select,
                          const std::vector<data::TableColumn>& names) {
    return message_of<Error>([&] { selected_bands(select, names, 6, "v"); });
  };
  EXPECT_EQ(message({"swir"}, landsat),
            "view \"v\": select: \"swir\" is not a band; the nearest is \"swir1\"");
  EXPECT_EQ(
      message({"#7"}, {}),
      "view \"v\": select: \"#7\" is not a band: there are \"#1\" to \"#6\", and the key names "
      "gives them names");
  EXPECT_THAT(message({"#0"}, {}), HasSubstr("\"#0\" is not a band"));
  EXPECT_THAT(message({"red"}, {}), HasSubstr("the key names gives them names"));
  EXPECT_EQ(message({"red", "blue..red"}, landsat),
            "view \"v\": select has the band \"red\" twice");
  EXPECT_EQ(message({"nir..red"}, landsat),
            "view \"v\": select: the bands \"nir..red\" run backwards");
}

TEST(BandsView, StandardisesTheSelectedBandsAndTakesTheMeanWhereThereIsNoValue) {
  data::Sample sample{.values = {cv::Mat(1, 1, CV_32FC3, cv::Scalar(5, 7, 300))}};
  const Standardization known{{100, 6}, {50, 2}, {0, 0}};
  data::Source source = source_of(3);
  source.columns = {{"a"}, {"b"}, {"c"}};
  const auto view = make_view(BandsViewOptions{.select = {"c", "a"}, .size = 1}, {"v", 0, source},
                              Mode::evaluate, known);
  EXPECT_EQ(view->views()[0].channels, 2);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(4, -0.5));
  sample.values[0].ptr<float>()[2] = none;
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(0, -0.5));
  sample.values[0] = cv::Mat(1, 1, CV_32FC2, cv::Scalar(1, 2));
  EXPECT_THAT(message_of<Error>([&] { rows_of(*view, sample); }),
              HasSubstr("a picture of 2 bands, where there must be 3"));
}

TEST(BandsView, ShrinksByTheMeanOfThePixelsThatHaveAValue) {
  // Of 16 × 32 the middle 14 × 14, from row 1 and column 9, as 4 × 4 cells of 3.5 pixels.
  data::Sample sample = coded(2, 16, 32);
  for (int i = 0; i < 12; ++i) sample.values[0].ptr<float>(3 + i % 3)[2 * (11 + i / 3)] = none;
  const auto view =
      make_view(BandsViewOptions{.size = 4}, {"v", 0, source_of(2)}, Mode::evaluate, plain(2));
  const std::vector<float> seen = rows_of(*view, sample)[0];
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      for (int b = 0; b < 2; ++b) {
        // The slow way: sixteenths of a pixel each way.
        double sum = 0, count = 0;
        for (int i = 0; i < 56; ++i)
          for (int j = 0; j < 56; ++j) {
            const int row = static_cast<int>(1 + 3.5 * y + (i + 0.5) / 16);
            const int column = static_cast<int>(9 + 3.5 * x + (j + 0.5) / 16);
            const float value = sample.values[0].ptr<float>(row)[2 * column + b];
            if (std::isnan(value)) continue;
            sum += value;
            ++count;
          }
        ASSERT_GT(count, 0);
        EXPECT_NEAR(seen[static_cast<std::size_t>(2 * (4 * y + x) + b)], sum / count, 1e-3)
            << y << x << b;
      }
    }
  }
}

TEST(BandsView, GrowsAsOpenCvDoes) {
  const data::Sample sample = coded(5, 4, 4);  // seen whole: 7/8 of 4 rounds to 4
  const auto view = make_view(BandsViewOptions{.select = {"#5"}, .size = 8}, {"v", 0, source_of(5)},
                              Mode::evaluate, plain(1));
  std::vector<cv::Mat> bands;
  cv::split(sample.values[0], bands);
  cv::Mat due;
  cv::resize(bands[4], due, cv::Size(8, 8), 0, 0, cv::INTER_LINEAR);
  const std::vector<float> all(due.ptr<float>(), due.ptr<float>() + 64);
  EXPECT_THAT(rows_of(*view, sample)[0], Pointwise(FloatNear(2e-3f), all));
}

TEST(BandsView, TurnsByRightAnglesAndFlipsAsOftenAsAskedAndOnlyInTraining) {
  const data::Sample sample = coded(1, 3, 3);
  const BandsViewOptions options{
      .size = 3, .augmentation = {.flip_probability = 0.3}, .quarter_turns = true};
  const auto train = make_view(options, {"v", 0, source_of(1)}, Mode::train, plain(1));
  const auto evaluate = make_view(options, {"v", 0, source_of(1)}, Mode::evaluate, plain(1));
  std::map<std::vector<float>, int> due;  // and how often each was seen
  std::vector<std::vector<float>> order;
  for (const bool flipped : {false, true}) {
    cv::Mat picture = sample.values[0].clone();
    if (flipped) cv::flip(sample.values[0], picture, 1);
    for (int turn = 0; turn < 4; ++turn) {
      order.emplace_back(picture.ptr<float>(), picture.ptr<float>() + 9);
      due[order.back()] = 0;
      cv::Mat turned;
      cv::rotate(picture, turned, cv::ROTATE_90_CLOCKWISE);
      picture = turned;
    }
  }
  ASSERT_EQ(due.size(), 8u);
  for (std::uint64_t epoch = 0; epoch < 4000; ++epoch) {
    const auto seen = due.find(rows_of(*train, sample, {.epoch = epoch})[0]);
    ASSERT_NE(seen, due.end());
    ++seen->second;
    ASSERT_EQ(rows_of(*evaluate, sample, {.epoch = epoch})[0], order[0]);
  }
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(due[order[i]], 4000 * (i < 4 ? 0.7 : 0.3) / 4, 85) << i;
}

TEST(BandsView, SharesWindowFlipAndTurnsWithTheViewThatItIsAlignedWithButNotNoise) {
  const std::vector<data::Source> sources{source_of(4)};
  const BandsViewOptions first{
      .select = {"#1", "#2"},
      .size = 8,
      .augmentation = {.crop = Crop::random_resized, .flip_probability = 0.5},
      .quarter_turns = true};
  const BandsViewOptions second{.select = {"#4"}, .size = 8};
  const data::Sample sample = coded(4, 24, 24);
  const Standardizations known{{"a", plain(2)}, {"b", plain(1)}};
  const auto apart = [&](const std::string& align_with, double noise) {
    BandsViewOptions own = first, other = second;
    own.noise = other.noise = noise;
    const auto transform = make_source_views({{"a", 0, own}, {"b", 0, other, align_with}}, sources,
                                             Mode::train, known);
    double most = 0;
    for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
      const auto rows = rows_of(*transform, sample, {.epoch = epoch});
      for (std::size_t p = 0; p < 64; ++p)
        most = std::max(most, std::abs(rows[1][p] - 3000.0 - rows[0][2 * p]));
    }
    return most;
  };
  EXPECT_LT(apart("a", 0), 0.01);
  EXPECT_GT(apart("", 0), 10);
  EXPECT_GT(apart("a", 1), 1);
  EXPECT_THAT(
      message_of<Error>([&] {
        make_source_views({{"a", 0, first}, {"b", 0, second, "c"}}, sources, Mode::train, known);
      }),
      HasSubstr("\"c\" is not a view; the nearest is \"a\""));
  EXPECT_THAT(message_of<Error>([&] {
                make_source_views({{"a", 0, first}, {"depth", 1, DepthViewOptions{}, "a"}},
                                  {source_of(4), {.name = "depth", .kind = SourceKind::depth}},
                                  Mode::train, known);
              }),
              HasSubstr("only bands can be turned with it"));
}

TEST(BandsView, BlursAndAddsNoiseOnlyInTraining) {
  data::Sample sample{.values = {cv::Mat(40, 40, CV_MAKETYPE(CV_32F, 6), cv::Scalar::all(0))}};
  float* const middle = sample.values[0].ptr<float>(20) + 20 * 6;
  for (int b = 0; b < 6; ++b) middle[b] = 10;
  const BandsViewOptions blurred{
      .size = 40, .augmentation = {.blur_probability = 1, .blur_sigma = {1, 1.0001}}};
  const auto see = [&](const BandsViewOptions& options, Mode mode) {
    return rows_of(*make_view(options, {"v", 0, source_of(6)}, mode, plain(6)), sample)[0];
  };
  const std::vector<float> seen = see(blurred, Mode::train);
  // Five taps each way: exp(−d²/2) / Σ exp(−d²/2).
  const double taps = 1 + 2 * std::exp(-0.5) + 2 * std::exp(-2.0);
  for (std::size_t b = 0; b < 6; ++b) {
    EXPECT_NEAR(seen[(20 * 40 + 20) * 6 + b], 10 / taps / taps, 1e-3);
    EXPECT_NEAR(seen[(20 * 40 + 21) * 6 + b], 10 * std::exp(-0.5) / taps / taps, 1e-3);
  }
  EXPECT_EQ(see(blurred, Mode::evaluate)[(20 * 40 + 20) * 6], 10);
  const std::vector<float> noisy = see({.size = 40, .noise = 0.5}, Mode::train);
  double squares = 0;
  for (std::size_t i = 0; i < noisy.size(); ++i)
    squares += std::pow(noisy[i] - sample.values[0].ptr<float>()[i], 2);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(noisy.size())), 0.5, 0.02);
}

TEST(BandsView, IsTheSameOfABatch) {
  const data::Source source = source_of(3);
  const Standardization known{{10, 1000, 2000}, {3, 4, 5}, {0, 0, 0}};
  const auto view = make_view(BandsViewOptions{.size = 4}, {"v", 0, source}, Mode::evaluate, known);
  data::Sample sample = coded(3, 4, 4);
  sample.values[0].ptr<float>(1)[3 * 2 + 1] = none;
  const std::vector<float> due = rows_of(*view, sample)[0];
  const at::Tensor raw = at::from_blob(sample.values[0].data, {1, 4, 4, 3}, at::kFloat)
                             .permute({0, 3, 1, 2})
                             .to(view->raw_input(0).type);
  EXPECT_EQ(view->raw_input(0).shape, (std::vector<std::int64_t>{3, 4, 4}));
  const at::Tensor found = view->of_batch(0, raw).permute({0, 2, 3, 1}).contiguous();
  const std::vector<float> all(found.data_ptr<float>(), found.data_ptr<float>() + 48);
  EXPECT_THAT(all, Pointwise(FloatNear(1e-4f), due));
  EXPECT_NE(view->formula(0), make_view(BandsViewOptions{.select = {"#3", "#2", "#1"}, .size = 4},
                                        {"v", 0, source}, Mode::evaluate, known)
                                  ->formula(0));
}

TEST(BandsView, ShowsThreeBandsInColourAndFewerInGrey) {
  const auto shown = [](const BandsViewOptions& options, const std::vector<float>& row) {
    const auto view = make_view(options, {"v", 0, source_of(3)}, Mode::evaluate,
                                plain(options.select.empty() ? 3 : options.select.size()));
    return view->show(0, row.data()).at<cv::Vec3b>(0, 0);
  };
  EXPECT_EQ(shown({.size = 1}, {-2.5f, 0, 9}), cv::Vec3b(0, 128, 255));
  EXPECT_EQ(shown({.select = {"#1", "#2"}, .size = 1}, {2.5f, -2.5f}), cv::Vec3b(255, 255, 255));
}

TEST(BandsView, RefusesChangesOfColour) {
  const auto message = [](const AugmentationOptions& augmentation) {
    return message_of<Error>([&] {
      make_view(BandsViewOptions{.augmentation = augmentation}, {"v", 0, source_of(3)}, Mode::train,
                plain(3));
    });
  };
  for (const AugmentationOptions& colours :
       {AugmentationOptions{.brightness = 0.4}, AugmentationOptions{.hue = 0.1},
        AugmentationOptions{.grey_probability = 0.2}})
    EXPECT_EQ(message(colours),
              "view \"v\": its augmentation changes colours, and bands are none: noise, "
              "quarter_turns and the augmentation's crop, flip and blur change what is seen of "
              "bands");
  EXPECT_EQ(message({.blur_probability = 0.5}), "");
}

/// Pictures of two bands and of different sizes.
class Scenes : public data::Dataset {
 public:
  std::int64_t size() const override { return 2; }
  data::Sample get(std::int64_t index) const override {
    cv::Mat picture(2, 2, CV_32FC2, cv::Scalar(index == 0 ? 1 : 3, 7));
    if (index == 1) picture.ptr<float>()[1] = none;
    return {index, 0, {picture}};
  }
  std::int64_t label(std::int64_t) const override { return 0; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::vector<std::string> classes_ = {"scene"};
  std::vector<data::Source> sources_{source_of(2)};
};

TEST(BandsView, MeasuresEachBandOfTheTrainingPart) {
  const auto known = measure({{"both", 0, BandsViewOptions{.size = 2}},
                              {"second", 0, BandsViewOptions{.select = {"#2"}, .size = 2}}},
                             Scenes());
  EXPECT_THAT(known.at("both").mean, ElementsAre(2, 7));
  EXPECT_THAT(known.at("both").deviation, ElementsAre(1, 1));  // a constant band's is 1
  EXPECT_THAT(known.at("both").missing, ElementsAre(0, 1.0 / 8));
  EXPECT_THAT(known.at("second").mean, ElementsAre(7));
}

}  // namespace
}  // namespace cmc::views
