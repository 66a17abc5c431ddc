#include "cmc/views/sources/audio_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <cmath>
#include <numbers>

#include "cmc/views/sources/source_views.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using data::SourceKind;
using test::rows_of;

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
    const auto view = make_view(options, {"voice", 0, source}, mode, std::nullopt);
    return rows_of(*view, sample, {.epoch = epoch})[0];
  }
};

TEST(AudioView, TakesTheMiddleAndPadsAboutIt) {
  const AudioViewOptions options{.features = SoundFeatures::waveform, .seconds = 0.1};
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
    const auto loud = tone.see({.features = SoundFeatures::waveform, .seconds = 0.1, .gain = 6},
                               Mode::train, epoch);
    const double peak = *std::ranges::max_element(loud);
    least = std::min(least, peak);
    greatest = std::max(greatest, peak);
  }
  EXPECT_NEAR(least, 0.5 / 2, 0.04);  // 6 dB are a factor of 2
  EXPECT_NEAR(greatest, 0.5 * 2, 0.15);
  EXPECT_EQ(
      tone.see({.features = SoundFeatures::waveform, .seconds = 0.1, .gain = 6}, Mode::evaluate),
      tone.see({.features = SoundFeatures::waveform, .seconds = 0.1}, Mode::evaluate));
}

int crossings_of(const std::vector<float>& sound) {
  int crossings = 0;
  for (std::size_t t = 1; t < sound.size(); ++t) crossings += (sound[t] > 0) != (sound[t - 1] > 0);
  return crossings;
}

TEST(AudioView, ChangesPaceAndPitchByUpToItsFactor) {
  const Tone tone(1000);
  const AudioViewOptions plain{.features = SoundFeatures::waveform, .seconds = 0.4};
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
  const AudioViewOptions plain{.features = SoundFeatures::waveform, .seconds = 1};
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
  const AudioViewOptions plain{.features = SoundFeatures::waveform, .seconds = 0.4};
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

/// Compares what views make of the stretch that they ask for with what they make of the whole.
void expect_same_of_excerpt(const data::Transform& transform, const data::Sample& whole,
                            const std::string& what) {
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    const RandomKey key{.seed = 3, .epoch = epoch, .sample = 7};
    const std::int64_t length = whole.values[0].cols;
    const data::Stretch stretch = transform.stretch(0, length, key);
    ASSERT_GE(stretch.first, 0) << what;
    ASSERT_GT(stretch.count, 0) << what;
    ASSERT_LE(stretch.end(), length) << what;
    data::Sample excerpt;
    excerpt.values = {
        whole.values[0]
            .colRange(static_cast<int>(stretch.first), static_cast<int>(stretch.end()))
            .clone()};
    excerpt.extents = {{stretch.first, length}};
    EXPECT_EQ(rows_of(transform, excerpt, key), rows_of(transform, whole, key)) << what;
  }
}

TEST(AudioView, MakesTheSameOfTheStretchThatItAsksFor) {
  struct Case {
    const char* name;
    AudioViewOptions options;
    double most;  // seconds asked for
  };
  const Case cases[] = {
      {"plain", {.features = SoundFeatures::waveform, .seconds = 0.1}, 0.102},
      {"faster or slower",
       {.features = SoundFeatures::waveform, .seconds = 0.1, .speed = 0.5},
       0.152},
      {"a share",
       {.features = SoundFeatures::waveform, .seconds = 0.1, .crop = 0.1, .speed = 0.2},
       0.122},
      {"disturbed",
       {.features = SoundFeatures::waveform, .seconds = 0.1, .gain = 6, .noise = 0.1},
       0.102},
      {"bands", {.seconds = 0.2, .bands = 8, .time_mask = 0.5, .frequency_mask = 0.5}, 0.202},
  };
  for (const Case& each : cases) {
    for (const int length : {1, 40, 100, 3000}) {
      const Tone tone(length);
      for (const Mode mode : {Mode::train, Mode::evaluate}) {
        const auto view = make_view(each.options, {"voice", 0, tone.source}, mode, std::nullopt);
        expect_same_of_excerpt(*view, tone.sample, fmt::format("{}, {}", each.name, length));
        EXPECT_LE(view->stretch(0, length, {}).count, 1000 * each.most) << each.name;
      }
    }
  }
}

TEST(AudioView, TwoOfOneRecordingAskForWhatHoldsBoth) {
  const Tone tone(3000);
  const AudioViewOptions options{.features = SoundFeatures::waveform, .seconds = 0.1};
  const Standardizations known = {{"a", {{0}, {1}, {0}}}, {"b", {{0}, {1}, {0}}}};
  const auto views =
      make_source_views({{"a", 0, options}, {"b", 0, options}}, {tone.source}, Mode::train, known);
  expect_same_of_excerpt(*views, tone.sample, "two views");
}

}  // namespace
}  // namespace cmc::views
