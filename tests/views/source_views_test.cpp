#include "cmc/views/source_views.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "cmc/views/log_mel.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

cv::Mat row(std::vector<float> values) {
  return cv::Mat(values, true).reshape(1, 1);
}

/// Samples with one table of two numbers and a text, and a grey picture.
class Things : public data::Dataset {
 public:
  std::int64_t size() const override { return static_cast<std::int64_t>(rows.size()); }
  data::Sample get(std::int64_t index) const override {
    const auto i = static_cast<std::size_t>(index);
    return {index,
            0,
            {rows[i].empty() ? cv::Mat() : row(rows[i]),
             cv::Mat(4, 4, CV_8UC3, cv::Scalar(90, 20, 200))}};
  }
  std::int64_t label(std::int64_t) const override { return 0; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

  std::vector<std::vector<float>> rows = {{1, 7, 0}, {3, 7, 1}, {5, 7, nan}, {}, {nan, 7, 1}};

 private:
  std::vector<std::string> classes_ = {"thing"};
  std::vector<data::Source> sources_{
      {.name = "touch",
       .kind = SourceKind::table,
       .shape = {3, 1, 1},
       .columns = {{"a"}, {"constant"}, {"ground", {"grass", "sand"}}}},
      {.name = "photo", .shape = {3, 4, 4}}};
};

std::vector<std::vector<float>> rows_of(const data::Transform& transform,
                                        const data::Sample& sample, const RandomKey& key = {}) {
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const data::ViewShape& view : transform.views()) rows.emplace_back(view.numel(), -9.0f);
  for (auto& each : rows) pointers.push_back(each.data());
  transform.apply(sample, key, pointers);
  return rows;
}

TEST(TableView, StandardisesByTheTrainingPartAndMarksWhatIsMissing) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{}}};
  const Standardizations measured = measure(views, things);
  const Standardization& touch = measured.at("touch");
  EXPECT_THAT(touch.mean, ElementsAre(3.0f, 7.0f));
  EXPECT_FLOAT_EQ(touch.deviation[0], std::sqrt(8.0f / 3));  // of 1, 3, 5, divided by n
  EXPECT_EQ(touch.deviation[1], 1);                          // constant
  EXPECT_FLOAT_EQ(touch.missing[0], 0.25f);                  // of four rows; the fifth has none
  const auto transform = make_source_views(views, things.sources(), Mode::evaluate, measured);
  ASSERT_EQ(transform->views()[0].channels, 2 + 2 + 1);
  const float two = 2 / std::sqrt(8.0f / 3);
  // a, constant, grass, sand, a is missing
  EXPECT_THAT(rows_of(*transform, things.get(0))[0], ElementsAre(-two, 0, 1, 0, 0));
  EXPECT_THAT(rows_of(*transform, things.get(2))[0], ElementsAre(two, 0, 0, 0, 0));
  EXPECT_THAT(rows_of(*transform, things.get(4))[0], ElementsAre(0, 0, 0, 1, 1));
}

TEST(TableView, DropsColumnsAsOftenAsAskedAndOnlyInTraining) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{.dropout = 0.3}}};
  const Standardizations measured = measure(views, things);
  const auto train = make_source_views(views, things.sources(), Mode::train, measured);
  const auto evaluate = make_source_views(views, things.sources(), Mode::evaluate, measured);
  int numbers = 0, texts = 0;
  for (std::uint64_t epoch = 0; epoch < 2000; ++epoch) {
    const auto seen = rows_of(*train, things.get(0), {.epoch = epoch})[0];
    EXPECT_EQ(seen[0] == 0, seen[4] == 1);  // a dropped column looks like a missing one
    numbers += seen[4] == 1;
    texts += seen[2] == 0;
  }
  EXPECT_NEAR(numbers, 600, 80);
  EXPECT_NEAR(texts, 600, 80);
  EXPECT_EQ(rows_of(*evaluate, things.get(0), {.epoch = 1}), rows_of(*evaluate, things.get(0)));
}

TEST(SourceViews, StandSideBySideWithDrawsOfTheirOwn) {
  const Things things;
  const std::vector<SourceView> views{{"touch", 0, TableViewOptions{.noise = 1}},
                                      {"again", 0, TableViewOptions{.noise = 1}},
                                      {"photo", 1, ViewRecipe{.split = ColorOptions{}}},
                                      {"whole", 1, ViewRecipe{.split = WholeOptions{}}}};
  const Standardizations measured = measure(views, things);
  EXPECT_EQ(measured.size(), 2u);
  const auto transform = make_source_views(views, things.sources(), Mode::train, measured);
  std::vector<std::string> names;
  std::vector<std::size_t> sources;
  for (const data::ViewShape& view : transform->views()) {
    names.push_back(view.name);
    sources.push_back(view.source);
  }
  EXPECT_THAT(names, ElementsAre("touch", "again", "photo-L", "photo-ab", "whole"));
  EXPECT_THAT(sources, ElementsAre(0, 0, 1, 1, 1));
  const auto rows = rows_of(*transform, things.get(1));
  EXPECT_NE(rows[0][0], rows[1][0]);
  EXPECT_NEAR(rows[4][0], 90 / 127.5f - 1, 1e-5);
  // Without its table a sample leaves those rows alone.
  const auto lacking = rows_of(*transform, things.get(3));
  EXPECT_EQ(lacking[0][0], -9);
  EXPECT_EQ(lacking[4], rows[4]);
}

TEST(SourceViews, AreNotMeasuredWhereANumberIsInfinite) {
  Things things;
  things.rows[2][1] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(error_of([&] {
              measure({{"touch", 0, TableViewOptions{}}}, things);
            }),
            "view \"touch\": sample \"2\" gives an infinite number, which has no mean");
}

TEST(SourceViews, RefuseNamesAndKindsThatDoNotFit) {
  const Things things;
  const auto message = [&](std::vector<SourceView> views) {
    return error_of(
        [&] { make_source_views(views, things.sources(), Mode::train, measure(views, things)); });
  };
  EXPECT_THAT(message({{"a.b", 0, TableViewOptions{}}}), HasSubstr("the view name \"a.b\""));
  EXPECT_THAT(message({{"a", 0, TableViewOptions{}}, {"a", 0, TableViewOptions{}}}),
              HasSubstr("two views have the name \"a\""));
  EXPECT_THAT(message({{"a", 1, TableViewOptions{}}}),
              HasSubstr("options of the kind table, its source is of the kind image"));
  EXPECT_THAT(message({{"a", 0, TableViewOptions{.dropout = 1}}}), HasSubstr("dropout = 1"));
}

TEST(LogMel, IsTheFourierTransformUnderTriangles) {
  const LogMelOptions options{.rate = 1000, .bands = 5, .window = 0.064, .hop = 0.02, .low = 50};
  std::vector<float> sound(200);
  for (std::size_t t = 0; t < sound.size(); ++t)
    sound[t] = static_cast<float>(std::sin(0.9 * t) + 0.3 * std::cos(0.2 * t * t / 50));
  const at::Tensor weights = mel_weights(options);
  const at::Tensor found = log_mel(at::from_blob(sound.data(), {200}), weights, options);
  ASSERT_EQ(found.size(0), 5);
  ASSERT_EQ(found.size(1), frames_of(options, 200));
  ASSERT_EQ(found.size(1), 1 + (200 - 64) / 20);
  // The slow way, for one frame and band.
  const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
  const auto hertz = [](double m) { return 700 * (std::pow(10, m / 2595) - 1); };
  const double step = (mel(500) - mel(50)) / 6;
  for (const int band : {0, 3}) {
    const double left = hertz(mel(50) + band * step), middle = hertz(mel(50) + (band + 1) * step),
                 right = hertz(mel(50) + (band + 2) * step);
    const int frame = 4;
    double energy = 0, window = 0;
    for (int f = 0; f <= 32; ++f) {
      const double at = f * 1000.0 / 64;
      const double weight =
          std::max(0.0, std::min((at - left) / (middle - left), (right - at) / (right - middle)));
      double re = 0, im = 0;
      for (int t = 0; t < 64; ++t) {
        const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * t / 64);
        const double x = hann * sound[static_cast<std::size_t>(frame * 20 + t)];
        re += x * std::cos(2 * std::numbers::pi * f * t / 64);
        im += x * std::sin(2 * std::numbers::pi * f * t / 64);
        if (f == 0) window += hann * hann;
      }
      energy += weight * (re * re + im * im);
    }
    EXPECT_NEAR(found[band][frame].item<double>(), std::log(1e-6 + energy / window), 1e-4);
  }
}

/// A recording of a tone and its views.
struct Tone {
  data::Source source{.name = "voice", .kind = SourceKind::audio, .shape = {1, 1, 0}, .rate = 1000};
  data::Sample sample;

  explicit Tone(int length) : sample{.values = {cv::Mat(1, length, CV_32FC1)}} {
    for (int t = 0; t < length; ++t)
      sample.values[0].at<float>(0, t) = static_cast<float>(0.5 * std::sin(0.6 * t));
  }
  std::vector<float> see(const AudioViewOptions& options, Mode mode,
                         std::uint64_t epoch = 0) const {
    const auto view = make_audio_view("voice", 0, source, options, mode, std::nullopt);
    return rows_of(*view, sample, {.epoch = epoch})[0];
  }
};

TEST(AudioView, TakesTheMiddleAndPadsAboutIt) {
  const AudioViewOptions options{.features = "waveform", .seconds = 0.1};
  const Tone longer(300), shorter(60);
  const auto middle = longer.see(options, Mode::evaluate);
  ASSERT_EQ(middle.size(), 100u);
  EXPECT_EQ(middle[7], longer.sample.values[0].at<float>(0, 107));
  const auto padded = shorter.see(options, Mode::evaluate);
  EXPECT_EQ(padded[19], 0);
  EXPECT_EQ(padded[21], shorter.sample.values[0].at<float>(0, 1));
  EXPECT_EQ(padded[80], 0);
}

TEST(AudioView, ChangesLoudnessAndPaceWithinTheirLimits) {
  const Tone tone(400);
  double least = 1, greatest = 0;
  for (std::uint64_t epoch = 0; epoch < 60; ++epoch) {
    const auto loud =
        tone.see({.features = "waveform", .seconds = 0.1, .gain = 6}, Mode::train, epoch);
    const double peak = *std::ranges::max_element(loud);
    least = std::min(least, peak);
    greatest = std::max(greatest, peak);
  }
  EXPECT_NEAR(least, 0.5 / 2, 0.04);  // 6 dB are a factor of 2
  EXPECT_NEAR(greatest, 0.5 * 2, 0.15);
  const auto faster =
      tone.see({.features = "waveform", .seconds = 0.1, .speed = 0.5}, Mode::train, 3);
  EXPECT_NE(faster,
            tone.see({.features = "waveform", .seconds = 0.1, .speed = 0.5}, Mode::train, 4));
}

TEST(DepthView, TakesPixelsAndMarksWhatWasSeen) {
  data::Sample sample{.values = {cv::Mat(2, 4, CV_32FC1, cv::Scalar(3))}};
  sample.values[0].at<float>(1, 2) = nan;
  const Standardization known{{2.0f}, {0.5f}, {0.1f}};
  const auto view = make_depth_view("depth", 0, {.size = 2}, Mode::evaluate, known);
  // The square in the middle is columns 1 and 2.
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(2, 1, 2, 1, 2, 1, 0, 0));
}

TEST(ArrayView, StandardisesEachChannelAndPutsChannelsLast) {
  const int sizes[] = {2, 1, 3};
  data::Sample sample{.values = {cv::Mat(3, sizes, CV_32FC1)}};
  for (int i = 0; i < 6; ++i) sample.values[0].ptr<float>()[i] = static_cast<float>(i);
  const data::Source source{.name = "scan", .kind = SourceKind::array, .shape = {2, 1, 3}};
  const auto plain = make_array_view("scan", 0, source, {}, Mode::evaluate, std::nullopt);
  EXPECT_THAT(rows_of(*plain, sample)[0], ElementsAre(0, 3, 1, 4, 2, 5));
  const Standardization known{{1.0f, 4.0f}, {1.0f, 2.0f}, {0.0f, 0.0f}};
  const auto view = make_array_view("scan", 0, source, {}, Mode::evaluate, known);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(-1, -0.5, 0, 0, 1, 0.5));
}

}  // namespace
}  // namespace cmc::views
