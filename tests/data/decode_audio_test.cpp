#include "cmc/data/decode_audio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>
#include <vector>

#include "cmc/data/unreadable.h"
#include "tests/data/shared_data.h"
#include "tests/data/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

/// A WAV file of 16 bits.
std::string wav(const std::vector<std::int16_t>& samples, std::int16_t channels,
                std::int32_t rate) {
  std::string bytes;
  const auto put = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto size = static_cast<std::int32_t>(samples.size() * 2);
  bytes += "RIFF";
  put(36 + size);
  bytes += "WAVEfmt ";
  put(std::int32_t{16});
  put(std::int16_t{1});
  put(channels);
  put(rate);
  put(rate * channels * 2);
  put(static_cast<std::int16_t>(channels * 2));
  put(std::int16_t{16});
  bytes += "data";
  put(size);
  for (const std::int16_t sample : samples) put(sample);
  return bytes;
}

TEST(DecodeAudio, AveragesChannels) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.wav", wav({16384, 0, -16384, -16384}, 2, 8000));
  const cv::Mat sound = decode_audio(path, 8000);
  ASSERT_EQ(sound.cols, 2);
  EXPECT_FLOAT_EQ(sound.at<float>(0, 0), 0.25f);
  EXPECT_FLOAT_EQ(sound.at<float>(0, 1), -0.5f);
}

TEST(DecodeAudio, NamesWhatIsDamaged) {
  const TemporaryFolder folder;
  const std::string whole = wav(std::vector<std::int16_t>(100, 5), 1, 8000);
  const auto message = [&](const std::string& bytes) {
    const auto path = folder.write("b.wav", bytes);
    return message_of<UnreadableError>([&] { decode_audio(path, 8000); });
  };
  EXPECT_THAT(message(whole.substr(0, 200)), HasSubstr("b.wav: byte 200: cut short"));
  EXPECT_THAT(message("RIFX" + whole.substr(4)), HasSubstr("no sound file"));
  std::string header = whole;
  header.replace(12, 4, "xxxx");
  EXPECT_NE(message(header), "");
  EXPECT_THAT(message(whole.substr(0, 44)), HasSubstr("cut short"));
  EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / "no.wav", 8000); }),
              HasSubstr("there is no such file"));
}

TEST(Resample, KeepsATonesFrequencyAndCutsWhatDoesNotFit) {
  const auto tone = [](double hertz, int rate, int length) {
    cv::Mat sound(1, length, CV_32FC1);
    for (int t = 0; t < length; ++t)
      sound.at<float>(0, t) = static_cast<float>(std::sin(2 * std::numbers::pi * hertz * t / rate));
    return sound;
  };
  const std::vector<std::pair<int, int>> rates = {{8000, 16000}, {44100, 16000}, {16000, 8000}};
  for (const auto& [from, to] : rates) {
    const cv::Mat found = resample(tone(700, from, from / 4), from, to);
    EXPECT_NEAR(found.cols, to / 4, 1);
    const cv::Mat expected = tone(700, to, found.cols);
    double worst = 0;
    for (int t = 400; t < found.cols - 400; ++t)
      worst = std::max<double>(worst, std::abs(found.at<float>(0, t) - expected.at<float>(0, t)));
    EXPECT_LT(worst, 2e-3) << from << " to " << to;
  }
  const cv::Mat gone = resample(tone(6000, 16000, 4000), 16000, 8000);
  EXPECT_LT(cv::norm(gone.colRange(200, 1800), cv::NORM_INF), 1e-3);
}

TEST(DecodeAudio, ReadsASpokenDigit) {
  const auto path = shared_data() / "spoken-digits" / "0_george_0.wav";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const auto bytes = std::filesystem::file_size(path) - 44;
  EXPECT_EQ(decode_audio(path, 8000).cols, static_cast<int>(bytes / 2));
  EXPECT_EQ(decode_audio(path, 16000).cols, static_cast<int>(bytes));
}

}  // namespace
}  // namespace cmc::data
