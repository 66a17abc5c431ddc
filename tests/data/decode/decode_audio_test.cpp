#include "cmc/data/decode/decode_audio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numbers>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cmc/error.h"
#include "tests/data/shared_data.h"
#include "tests/files/wav_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_THAT(message("RIFX" + whole.substr(4)), HasSubstr("not a readable sound file"));
  std::string header = whole;
  header.replace(12, 4, "xxxx");
  EXPECT_NE(message(header), "");
  EXPECT_THAT(message(whole.substr(0, 44)), HasSubstr("cut short"));
  EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / "no.wav", 8000); }),
              HasSubstr("there is no such file"));
}

/// Writes half a second of two channels at 48 kHz: a tone of 440 Hz on the left and its quarter,
/// upside down, on the right.
void write_tone(const std::filesystem::path& path, int format) {
  SF_INFO info{};
  info.samplerate = 48000;
  info.channels = 2;
  info.format = format;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << path << ": " << sf_strerror(nullptr);
  std::vector<float> frames;
  for (int t = 0; t < 24000; ++t) {
    const auto x = static_cast<float>(0.6 * std::sin(2 * std::numbers::pi * 440 * t / 48000));
    frames.push_back(x);
    frames.push_back(-0.25f * x);
  }
  EXPECT_EQ(sf_writef_float(file, frames.data(), 24000), 24000);
  EXPECT_EQ(sf_close(file), 0);
}

TEST(DecodeAudio, ReadsFlacVorbisAndOpus) {
  struct Format {
    const char* file;
    int format;
    double tolerance;
  };
  const Format formats[] = {
      {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 1e-4},
      {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6},
      {"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.03},  // lossy
      {"a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.05},
      {"a.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1e-6},
  };
  const TemporaryFolder folder;
  for (const Format& each : formats) {
    write_tone(folder / each.file, each.format);
    const cv::Mat sound = decode_audio(folder / each.file, 48000);
    ASSERT_EQ(sound.cols, 24000) << each.file;
    double worst = 0;
    for (int t = 2000; t < 22000; ++t) {
      const double due = 0.375 * 0.6 * std::sin(2 * std::numbers::pi * 440 * t / 48000);
      worst = std::max(worst, std::abs(sound.at<float>(0, t) - due));
    }
    EXPECT_LT(worst, each.tolerance) << each.file;
    EXPECT_EQ(decode_audio(folder / each.file, 16000).cols, 8000) << each.file;
  }
}

TEST(DecodeAudio, NoticesDamageInCompressedFiles) {
  const TemporaryFolder folder;
  write_tone(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  write_tone(folder / "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  write_tone(folder / "a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS);
  for (const char* const file : {"a.flac", "a.ogg", "a.opus"}) {
    const std::string whole = bytes_of(folder / file);
    for (const std::size_t length : {std::size_t{20}, whole.size() / 2, whole.size() * 9 / 10}) {
      folder.write(file, whole.substr(0, length));
      EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / file, 48000); }),
                  HasSubstr(file))
          << length << " of " << whole.size();
    }
    folder.write(file, "xxxx" + whole.substr(4));
    EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / file, 48000); }),
                HasSubstr("byte 0: not a readable sound file"));
  }
  write_tone(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  std::fstream stream(folder / "a.flac", std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(
      21);  // the stream's length, 36 bits behind 4 of the depth's: 68 thousand million samples
  stream.write("\xff\xff\xff\xff\xff", 5);
  stream.close();
  EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / "a.flac", 48000); }),
              HasSubstr("a.flac: damaged or cut short"));
}

TEST(DecodeAudio, NamesADamagedWavHeader) {
  const TemporaryFolder folder;
  const std::string whole = wav(std::vector<std::int16_t>(100, 5), 1, 8000);
  const auto message = [&](std::size_t place, const std::string& bytes) {
    std::string damaged = whole;
    damaged.replace(place, bytes.size(), bytes);
    const auto path = folder.write("c.wav", damaged);
    return message_of<UnreadableError>([&] { decode_audio(path, 8000); });
  };
  EXPECT_THAT(message(36, "doto"),
              HasSubstr("a sound file without sound, or with a damaged header"));
  EXPECT_THAT(message(40, std::string("\xff\xef\xff\x7f", 4)), HasSubstr("cut short: its header"));
  EXPECT_THAT(message(16, std::string("\xff\xff\xff\x0f", 4)), HasSubstr("damaged header"));
  EXPECT_THAT(message(22, std::string("\0\0", 2)), HasSubstr("c.wav"));      // no channel
  EXPECT_THAT(message(20, std::string("\xee\xee", 2)), HasSubstr("c.wav"));  // no known coding
  EXPECT_THAT(message(24, std::string("\0\0\0\0", 4)), HasSubstr("c.wav"));  // no rate
  EXPECT_THAT(message(24, std::string("\3\0\0\0", 4)), HasSubstr("c.wav: 3 samples a second"));
  EXPECT_THAT(message(24, std::string("\xff\xff\xff\x0f", 4)),
              HasSubstr("c.wav: 268435455 samples a second by its header, which is damaged"));
}

TEST(DecodeAudio, ReadsToTheEndWhereAPipesWriterKnewNoLength) {
  const TemporaryFolder folder;
  const std::string whole = wav(std::vector<std::int16_t>(100, 5), 1, 8000);
  for (const char* const size : {"\x00\xf0\xff\x7f", "\xff\xff\xff\x7f", "\x00\x00\x00\x80",
                                 "\xdb\xff\xff\xff", "\xff\xff\xff\xff"}) {
    std::string piped = whole;
    piped.replace(40, 4, size, 4);
    EXPECT_EQ(decode_audio(folder.write("p.wav", piped), 8000).cols, 100);
  }
}

/// Half a second of near silence, then 1.5 seconds of noise: what a variable bit rate is for.
void write_noise(const std::filesystem::path& path, int format, std::int64_t frames = 88'200) {
  SF_INFO info{};
  info.samplerate = 44'100;
  info.channels = 1;
  info.format = format;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << path << ": " << sf_strerror(nullptr);
  int variable = SF_BITRATE_MODE_VARIABLE;
  sf_command(file, SFC_SET_BITRATE_MODE, &variable, sizeof variable);
  std::vector<float> samples;
  std::uint32_t state = 1;
  for (std::int64_t t = 0; t < frames; ++t) {
    state = state * 1664525u + 1013904223u;
    const float noise = static_cast<float>(state >> 8) / (1 << 24) - 0.5f;
    samples.push_back(t < frames / 4 ? 1e-4f * noise : noise);
  }
  EXPECT_EQ(sf_writef_float(file, samples.data(), frames), frames);
  sf_close(file);
}

/// Where the next frame of an MP3 (MPEG 1, layer III, 44.1 kHz) starts.
std::size_t next_frame(const std::string& mp3, std::size_t at) {
  constexpr int kilobits[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
  const int bits = 1000 * kilobits[static_cast<unsigned char>(mp3.at(at + 2)) >> 4];
  const int padding = static_cast<unsigned char>(mp3.at(at + 2)) >> 1 & 1;
  return at + static_cast<std::size_t>(144 * bits / 44'100 + padding);
}

TEST(DecodeAudio, ReadsAnMp3ToItsLastFrame) {
  const TemporaryFolder folder;
  write_noise(folder / "a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
  const std::string whole = bytes_of(folder / "a.mp3");
  EXPECT_EQ(decode_audio(folder / "a.mp3", 44'100).cols, 88'200);
  ASSERT_NE(whole.find("Xing"), std::string::npos);

  // Without its first frame, which states the length and how much of the last is filling.
  const std::string streamed = whole.substr(next_frame(whole, 0));
  EXPECT_NEAR(decode_audio(folder.write("b.mp3", streamed), 44'100).cols, 88'200, 3 * 1152);
  const std::string tagged = std::string("ID3\4\0\0\0\0\2\0", 10) + std::string(256, '\0') +
                             streamed + "TAG" + std::string(125, ' ');
  EXPECT_NEAR(decode_audio(folder.write("c.mp3", tagged), 44'100).cols, 88'200, 3 * 1152);
  folder.write("c.mp3", streamed + "APETAGEX" + std::string(5000, 'x'));
  EXPECT_NEAR(decode_audio(folder / "c.mp3", 44'100).cols, 88'200, 3 * 1152);

  for (const std::size_t length : {whole.size() / 2, whole.size() * 9 / 10}) {
    EXPECT_THAT(message_of<UnreadableError>(
                    [&] { decode_audio(folder.write("d.mp3", whole.substr(0, length)), 44'100); }),
                HasSubstr("frames that its header states can be read"))
        << length;
  }
}

TEST(DecodeAudio, ReadsAFlacThatStatesNoLength) {
  const TemporaryFolder folder;
  write_noise(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  std::string bytes = bytes_of(folder / "a.flac");
  bytes[21] = static_cast<char>(bytes[21] & 0xf0);
  bytes.replace(22, 4, 4, '\0');
  EXPECT_EQ(decode_audio(folder.write("b.flac", bytes), 44'100).cols, 88'200);
}

TEST(DecodeAudio, ReadsEveryStreamOfAnOggChain) {
  const TemporaryFolder folder;
  for (const int codec : {SF_FORMAT_VORBIS, SF_FORMAT_OPUS}) {
    const int rate = codec == SF_FORMAT_OPUS ? 48'000 : 44'100;
    write_tone(folder / "a.ogg", SF_FORMAT_OGG | codec);  // 24,000 samples at 48 kHz
    write_noise(folder / "b.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS);
    const cv::Mat first = decode_audio(folder / "a.ogg", rate);
    const cv::Mat second = decode_audio(folder / "b.ogg", rate);
    folder.write("c.ogg", bytes_of(folder / "a.ogg") + bytes_of(folder / "b.ogg"));
    const cv::Mat chain = decode_audio(folder / "c.ogg", rate);
    ASSERT_EQ(chain.cols, first.cols + second.cols);
    EXPECT_EQ(cv::norm(chain.colRange(0, first.cols), first, cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(chain.colRange(first.cols, chain.cols), second, cv::NORM_INF), 0);
  }
}

TEST(DecodeAudio, NoticesWhereAnUncompressedFileIsCut) {
  const TemporaryFolder folder;
  for (const int kind :
       {SF_FORMAT_WAV, SF_FORMAT_RF64, SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_W64}) {
    write_noise(folder / "a", kind | SF_FORMAT_PCM_16, 1000);
    EXPECT_EQ(decode_audio(folder / "a", 44'100).cols, 1000) << kind;
    const std::string whole = bytes_of(folder / "a");
    folder.write("a", whole.substr(0, 1500));
    EXPECT_THAT(message_of<UnreadableError>([&] { decode_audio(folder / "a", 44'100); }),
                HasSubstr("a: byte 1500: cut short: its header says that 20"))
        << kind;
  }
}

TEST(DecodeAudio, RefusesWhatIsTooLongAtTheRateAskedFor) {
  TemporaryFolder folder;
  const auto path = folder.write("slow.wav", wav(std::vector<std::int16_t>(300'000, 1), 1, 100));
  const std::string message = message_of<UnreadableError>([&] { decode_audio(path, 1'000'000); });
  EXPECT_NE(message.find("300000 samples at 100 a second"), std::string::npos) << message;
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
