#include "cmc/data/decode/sound_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "cmc/data/decode/decode_audio.h"
#include "cmc/error.h"
#include "cmc/random.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

constexpr int hertz = 22050;
constexpr int frames_written = 3 * hertz;

/// Writes three seconds of noise on two channels.
void write_sound(const std::filesystem::path& path, int format) {
  SF_INFO info{};
  info.samplerate = hertz;
  info.channels = 2;
  info.format = format;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << path << ": " << sf_strerror(nullptr);
  RandomStream stream(RandomPurpose::made_data, 5);
  std::vector<float> frames;
  for (int t = 0; t < 2 * frames_written; ++t)
    frames.push_back(static_cast<float>(stream.uniform(-0.8, 0.8)));
  EXPECT_EQ(sf_writef_float(file, frames.data(), frames_written), frames_written);
  EXPECT_EQ(sf_close(file), 0);
}

struct SoundFormat {
  const char* file;
  int format;
  bool entered_at_once, entered_later;
};

const SoundFormat sound_formats[] = {
    {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, true, true},
    {"b.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, true, true},
    {"c.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, false, true},
    {"d.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, false, false},
    {"a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, true, true},
    {"a.au", SF_FORMAT_AU | SF_FORMAT_ULAW, true, true},
    {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, false, true},
    {"b.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, false, true},
    {"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, false, false},
    {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, false, false},
};

TEST(SoundFiles, GiveTheSamplesOfTheWholeBitForBit) {
  const TemporaryFolder folder;
  for (const SoundFormat& each : sound_formats) {
    const auto path = folder / each.file;
    write_sound(path, each.format);
    for (const int rate : {hertz, 16000}) {
      const cv::Mat whole = decode_audio(path, rate);
      const SoundFiles files(rate);
      EXPECT_EQ(cv::norm(files.read(path, nullptr).value, whole, cv::NORM_INF), 0) << each.file;
      const Stretch stretches[] = {
          {whole.cols / 3, 700}, {0, 1}, {whole.cols - 5, 5}, {12'345, 9000}, {0, whole.cols}};
      for (std::size_t i = 0; i < std::size(stretches); ++i) {
        const Stretch& due = stretches[i];
        const Excerpt found = files.read(path, [&](std::int64_t length) {
          EXPECT_EQ(length, whole.cols) << each.file;
          return due;
        });
        const Extent& at = found.extent;
        ASSERT_EQ(at.length, whole.cols) << each.file;
        ASSERT_LE(at.first, due.first) << each.file;
        ASSERT_GE(at.first + found.value.cols, due.end()) << each.file;
        const auto column = static_cast<int>(at.first);
        EXPECT_EQ(
            cv::norm(found.value, whole.colRange(column, column + found.value.cols), cv::NORM_INF),
            0)
            << each.file << " at " << rate << " from " << due.first;
        const bool entered = i == 0 ? each.entered_at_once : each.entered_later;
        EXPECT_EQ(found.value.cols, entered ? due.count : whole.cols) << each.file;
      }
    }
  }
}

TEST(SoundFiles, RefuseADamagedFileWhicheverStretchIsAskedFor) {
  const TemporaryFolder folder;
  const SoundFiles files(hertz);
  const auto first_second = [](std::int64_t) { return Stretch{0, hertz}; };
  for (const SoundFormat& each : sound_formats) {
    const auto path = folder / each.file;
    write_sound(path, each.format);
    const std::string whole = bytes_of(path);
    const std::string message = message_of<UnreadableError>([&] {
      folder.write(each.file, whole.substr(0, whole.size() * 9 / 10));
      files.read(path, first_second);
    });
    EXPECT_EQ(message, message_of<UnreadableError>([&] { decode_audio(path, hertz); }));
    EXPECT_THAT(message, ::testing::HasSubstr(each.file));
  }
  // Frames with a wrong checksum, behind what is asked for.
  write_sound(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  std::string bytes = bytes_of(folder / "a.flac");
  bytes.replace(bytes.size() * 3 / 4, 20'000, 20'000, '\0');
  folder.write("a.flac", bytes);
  EXPECT_THROW(files.read(folder / "a.flac", first_second), UnreadableError);
}

TEST(SoundFiles, CheckAFileThatWasWrittenAnew) {
  const TemporaryFolder folder;
  const SoundFiles files(hertz);
  const auto path = folder / "a.flac";
  const auto middle = [](std::int64_t length) { return Stretch{length / 2, 10}; };
  write_sound(path, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  files.read(path, middle);
  EXPECT_EQ(files.read(path, middle).value.cols, 10);
  const std::string whole = bytes_of(path);
  folder.write("a.flac", whole.substr(0, whole.size() * 2 / 3));
  EXPECT_THROW(files.read(path, middle), UnreadableError);
}

TEST(SoundFiles, RefuseAStretchThatIsNotThere) {
  const TemporaryFolder folder;
  write_sound(folder / "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  const SoundFiles files(hertz);
  for (const Stretch& each : {Stretch{-1, 3}, Stretch{0, 0}, Stretch{frames_written - 1, 2}})
    EXPECT_THROW(files.read(folder / "a.wav", [&](std::int64_t) { return each; }), Error)
        << each.first;
}

}  // namespace
}  // namespace cmc::data
