#include "cmc/views/sources/source_views.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "cmc/views/sources/log_mel.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::error_of;
using test::row;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Samples with one table of two numbers and a text, and a grey picture.
class Things : public data::Dataset {
 public:
  std::int64_t size() const override { return static_cast<std::int64_t>(rows.size()); }
  data::Sample get(std::int64_t index) const override {
    const auto i = static_cast<std::size_t>(index);
    return {index,
            0,
            {rows[i].empty() ? cv::Mat() : views::row(rows[i]),
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
  EXPECT_THAT(touch.mean, ElementsAre(3, 7));
  EXPECT_DOUBLE_EQ(touch.deviation[0], std::sqrt(8.0 / 3));  // of 1, 3, 5, divided by n
  EXPECT_EQ(touch.deviation[1], 1);                          // constant
  EXPECT_EQ(touch.missing[0], 0.25);                         // of four rows; the fifth has none
  const auto transform = make_source_views(views, things.sources(), Mode::evaluate, measured);
  ASSERT_EQ(transform->views()[0].channels, 2 + 2 + 1);
  const auto two = static_cast<float>(2 / std::sqrt(8.0 / 3));
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
  EXPECT_THAT(message({{"all", 0, TableViewOptions{}}}), HasSubstr("stands for all views"));
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

TEST(AudioView, ChangesLoudnessWithinItsLimit) {
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
  EXPECT_EQ(tone.see({.features = "waveform", .seconds = 0.1, .gain = 6}, Mode::evaluate),
            tone.see({.features = "waveform", .seconds = 0.1}, Mode::evaluate));
}

int crossings_of(const std::vector<float>& sound) {
  int crossings = 0;
  for (std::size_t t = 1; t < sound.size(); ++t) crossings += (sound[t] > 0) != (sound[t - 1] > 0);
  return crossings;
}

TEST(AudioView, ChangesPaceAndPitchByUpToItsFactor) {
  const Tone tone(1000);
  const AudioViewOptions plain{.features = "waveform", .seconds = 0.4};
  AudioViewOptions fast = plain;
  fast.speed = 0.5;
  // 0.6 a sample: wherever the window lies, it crosses zero every π / 0.6 samples.
  const double usual = 400 * 0.6 / std::numbers::pi;
  double least = usual, most = usual;
  for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
    ASSERT_NEAR(crossings_of(tone.see(plain, Mode::train, epoch)), usual, 1);
    const double crossings = crossings_of(tone.see(fast, Mode::train, epoch));
    least = std::min(least, crossings);
    most = std::max(most, crossings);
  }
  EXPECT_NEAR(least, usual / 1.5, 3);
  EXPECT_NEAR(most, usual * 1.5, 4);
  EXPECT_EQ(tone.see(fast, Mode::evaluate, 1), tone.see(plain, Mode::evaluate, 1));
}

TEST(AudioView, AddsNoiseOfUpToAShareOfTheLoudness) {
  const Tone tone(1000);
  const AudioViewOptions plain{.features = "waveform", .seconds = 1};
  AudioViewOptions noisy = plain;
  noisy.noise = 0.4;
  const auto clean = tone.see(plain, Mode::train);
  const auto rms = [](const std::vector<float>& x) {
    double squares = 0;
    for (const float each : x) squares += static_cast<double>(each) * each;
    return std::sqrt(squares / static_cast<double>(x.size()));
  };
  double least = 1, most = 0, total = 0;
  for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
    auto noise = tone.see(noisy, Mode::train, epoch);
    for (std::size_t t = 0; t < noise.size(); ++t) noise[t] -= clean[t];
    const double share = rms(noise) / rms(clean);
    least = std::min(least, share);
    most = std::max(most, share);
    total += share;
  }
  EXPECT_NEAR(least, 0, 0.02);
  EXPECT_NEAR(most, 0.4, 0.03);
  EXPECT_NEAR(total / 100, 0.2, 0.04);
  EXPECT_EQ(tone.see(noisy, Mode::evaluate, 1), clean);
}

TEST(AudioView, TakesARandomShareOfTheRecordingFromARandomPlace) {
  Tone ramp(400);
  for (int t = 0; t < 400; ++t) ramp.sample.values[0].at<float>(0, t) = static_cast<float>(t + 1);
  const AudioViewOptions plain{.features = "waveform", .seconds = 0.4};
  AudioViewOptions cropped = plain;
  cropped.crop = 0.25;
  std::ptrdiff_t shortest = 400, longest = 0, leftmost = 400, rightmost = 0;
  float first = 400, last = 0;
  for (std::uint64_t epoch = 0; epoch < 200; ++epoch) {
    const auto seen = ramp.see(cropped, Mode::train, epoch);
    const auto begin = std::ranges::find_if(seen, [](float x) { return x > 0; });
    const auto end = std::find(begin, seen.end(), 0.0f);
    ASSERT_EQ(std::count(end, seen.end(), 0.0f), seen.end() - end);  // zeros about one piece
    ASSERT_EQ(*(end - 1) - *begin, end - begin - 1);                 // of the ramp
    shortest = std::min(shortest, end - begin);
    longest = std::max(longest, end - begin);
    leftmost = std::min(leftmost, begin - seen.begin());
    rightmost = std::max(rightmost, end - seen.begin());
    first = std::min(first, *begin);
    last = std::max(last, *(end - 1));
  }
  EXPECT_NEAR(static_cast<double>(shortest), 100, 5);
  EXPECT_NEAR(static_cast<double>(longest), 400, 5);
  EXPECT_LE(leftmost, 5);
  EXPECT_GE(rightmost, 395);
  EXPECT_LE(first, 5);
  EXPECT_GE(last, 395);
  EXPECT_EQ(ramp.see(cropped, Mode::evaluate, 1), ramp.see(plain, Mode::evaluate, 1));
}

/// Compares log-mel spectrograms with masks of up to half of one axis with the whole one: a band of
/// frames (or, across, of frequencies) is 0, all else as it was.
void expect_masks(const AudioViewOptions& masked, bool across) {
  const Tone tone(1000);
  const AudioViewOptions plain{.seconds = 1, .bands = 20, .window = 0.064, .hop = 0.024};
  const auto whole = tone.see(plain, Mode::train);
  const std::size_t frames = whole.size() / 20, size = across ? 20 : frames;
  ASSERT_EQ(frames, 40u);
  std::size_t widest = 0, bare = 0;
  std::vector<bool> touched(size, false);
  for (std::uint64_t epoch = 0; epoch < 200; ++epoch) {
    const auto seen = tone.see(masked, Mode::train, epoch);
    std::vector<bool> is_masked(size, false);
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (seen[i] != whole[i]) is_masked[across ? i / frames : i % frames] = true;
    std::size_t width = 0, starts = 0;
    for (std::size_t p = 0; p < size; ++p) {
      width += is_masked[p];
      starts += is_masked[p] && (p == 0 || !is_masked[p - 1]);
      if (is_masked[p]) touched[p] = true;
    }
    ASSERT_LE(starts, 1u);
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (is_masked[across ? i / frames : i % frames]) {
        ASSERT_EQ(seen[i], 0);
      }
    widest = std::max(widest, width);
    bare += width == 0;
  }
  EXPECT_EQ(widest, size / 2);
  EXPECT_NEAR(static_cast<double>(bare), 200.0 / (static_cast<double>(size) / 2 + 1), 12);
  EXPECT_EQ(std::ranges::count(touched, true), static_cast<std::ptrdiff_t>(size));
  EXPECT_EQ(tone.see(masked, Mode::evaluate, 1), tone.see(plain, Mode::evaluate, 1));
}

TEST(AudioView, MasksABandOfTimeOrOfFrequencies) {
  AudioViewOptions options{.seconds = 1, .bands = 20, .window = 0.064, .hop = 0.024};
  options.time_mask = 0.5;
  expect_masks(options, false);
  options.time_mask = 0;
  options.frequency_mask = 0.5;
  expect_masks(options, true);
}

TEST(DepthView, TakesPixelsAndMarksWhatWasSeen) {
  // Of 16 × 32 the middle 14 × 14 are seen, from row 1 and column 9, as 2 × 2 cells of 7 pixels.
  data::Sample sample{.values = {cv::Mat(16, 32, CV_32FC1, cv::Scalar(9))}};
  sample.values[0].at<float>(4, 12) = 3;
  sample.values[0].at<float>(4, 19) = 4;
  sample.values[0].at<float>(11, 12) = 5;
  sample.values[0].at<float>(11, 19) = nan;
  const Standardization known{{2}, {0.5}, {0.1}};
  const auto view = make_depth_view("depth", 0, {.size = 2}, Mode::evaluate, known);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(2, 1, 4, 1, 6, 1, 0, 0));
}

TEST(DepthView, TakesRandomWindowsOfAtLeastTheirShare) {
  // 40 × 32 pixels that tell where they stand.
  data::Sample sample{.values = {cv::Mat(32, 40, CV_32FC1)}};
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 40; ++x) sample.values[0].at<float>(y, x) = static_cast<float>(x + 100 * y);
  const Standardization known{{0}, {1}, {0}};
  const AugmentationOptions crop{.crop = Crop::random_resized, .scale = {0.25, 1}, .ratio = {1, 1}};
  const auto train =
      make_depth_view("depth", 0, {.size = 8, .augmentation = crop}, Mode::train, known);
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
  const auto evaluate =
      make_depth_view("depth", 0, {.size = 8, .augmentation = crop}, Mode::evaluate, known);
  const auto plain = make_depth_view("depth", 0, {.size = 8}, Mode::evaluate, known);
  EXPECT_EQ(rows_of(*evaluate, sample, {.epoch = 1}), rows_of(*plain, sample));
}

TEST(DepthView, FlipsAsOftenAsAskedAndOnlyInTraining) {
  data::Sample sample{.values = {cv::Mat(2, 2, CV_32FC1)}};
  float* const metres = sample.values[0].ptr<float>();
  std::ranges::copy(std::vector<float>{1, 2, nan, 4}, metres);
  const Standardization known{{0}, {1}, {0}};
  const DepthViewOptions options{.size = 2, .augmentation = {.flip_probability = 0.3}};
  const auto train = make_depth_view("depth", 0, options, Mode::train, known);
  const auto evaluate = make_depth_view("depth", 0, options, Mode::evaluate, known);
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

TEST(SourceViews, AreAlignedWithAnImageOfOneWindowAlone) {
  const std::vector<data::Source> sources{{.name = "color", .shape = {3, 8, 8}},
                                          {.name = "depth", .kind = SourceKind::depth}};
  const auto make = [&](const SplitOptions& split, const std::string& align_with) {
    const ViewRecipe recipe{.split = split, .size = 8};
    make_source_views({{"color", 0, recipe}, {"depth", 1, DepthViewOptions{}, align_with}}, sources,
                      Mode::train, {{"depth", {{0}, {1}, {0}}}});
  };
  EXPECT_NO_THROW(make(WholeOptions{}, "color"));
  EXPECT_THAT(error_of([&] { make(WholeOptions{}, "colour"); }),
              HasSubstr("\"colour\" is no view; the nearest is \"color\""));
  EXPECT_THAT(error_of([&] { make(AugmentedOptions{}, "color"); }),
              HasSubstr("align_with = \"color\": an image or depth can be aligned with an image"));
  EXPECT_THAT(error_of([&] { make(WholeOptions{}, "depth"); }),
              HasSubstr("align_with = \"depth\": an image or depth can be aligned with an image"));
}

TEST(ArrayView, StandardisesEachChannelAndPutsChannelsLast) {
  const int sizes[] = {2, 1, 3};
  data::Sample sample{.values = {cv::Mat(3, sizes, CV_32FC1)}};
  for (int i = 0; i < 6; ++i) sample.values[0].ptr<float>()[i] = static_cast<float>(i);
  const data::Source source{.name = "scan", .kind = SourceKind::array, .shape = {2, 1, 3}};
  const Standardization known{{1, 4}, {1, 2}, {0, 0}};
  const auto view = make_array_view("scan", 0, source, {}, Mode::evaluate, known);
  EXPECT_THAT(rows_of(*view, sample)[0], ElementsAre(-1, -0.5, 0, 0, 1, 0.5));
}

TEST(ArrayView, DropsValuesAndAddsNoiseAsAskedAndOnlyInTraining) {
  constexpr int count = 20000;
  const data::Sample sample{.values = {cv::Mat(1, count, CV_32FC1, cv::Scalar(3))}};
  const data::Source source{.name = "scan", .kind = SourceKind::array, .shape = {1, 1, count}};
  const Standardization known{{1}, {2}, {0}};  // what is 3 becomes 1
  const auto see = [&](const ArrayViewOptions& options, Mode mode) {
    return rows_of(*make_array_view("scan", 0, source, options, mode, known), sample)[0];
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
