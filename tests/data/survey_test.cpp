#include "cmc/data/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "cmc/data/make_senses.h"
#include "cmc/data/tables/manifest.h"
#include "tests/files/npy_file.h"
#include "tests/files/wav_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Survey, CountsRangesGapsAndRepeatedContent) {
  const TemporaryFolder folder;
  const auto path = folder.write("walks.csv",
                                 "part,a,b,c,d,label\n"
                                 "train,1,5,3,4,up\n"
                                 "train,2,5,,-9,up\n"
                                 "train,,,,,up\n"
                                 "test,1,5,3,4,up\n");
  const Splits splits = open_manifest(
      {.manifest = path.string(),
       .label = "label",
       .part = "part",
       .sources = {{.name = "touch", .kind = SourceKind::table, .columns = {"a..d"}}}});
  const Survey found = survey(splits);
  EXPECT_EQ(found.train_samples, 3);
  EXPECT_EQ(found.test_per_class[0], 1);
  const SourceSurvey& touch = found.sources[0];
  EXPECT_EQ(touch.present, 3);
  EXPECT_EQ(touch.missing, 1);
  EXPECT_EQ(touch.least, -9);
  EXPECT_EQ(touch.greatest, 5);
  EXPECT_DOUBLE_EQ(touch.missing_values, 1.0 / 12);
  EXPECT_EQ(touch.duplicates, 1);
  EXPECT_THAT(found.warnings, Contains(HasSubstr("2 columns are constant and tell nothing: b, c")));
  EXPECT_THAT(found.warnings, Contains(HasSubstr("every label is \"up\"")));
  EXPECT_THAT(found.warnings, Contains(HasSubstr("held-out content was seen in training")));
  EXPECT_EQ(to_json(found)["sources"][0]["missing"], 1);
}

TEST(Survey, NoColumnIsConstantWhoseNumbersDiffer) {
  const TemporaryFolder folder;
  std::string text = "t,north,same\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},5412345.{:02},0.1\n", 1700000000 + 5 * (i % 20), i);
  const auto path = folder.write("times.csv", text);
  const Survey found = survey(open_manifest(
      {.manifest = path.string(),
       .held_out = 0,
       .sources = {
           {.name = "time", .kind = SourceKind::table, .columns = {"t", "north", "same"}}}}));
  EXPECT_THAT(found.warnings,
              ElementsAre("\"time\": 1 columns are constant and tell nothing: same"));
  EXPECT_EQ(found.sources[0].least, 0.1);
  EXPECT_EQ(found.sources[0].greatest, 1700000095);
}

TEST(Survey, NamesAFileThatCannotBeReadAndWhy) {
  const TemporaryFolder folder;
  folder.write("a.npy", npy("<f4", "'shape': (2,)", bytes_of<float>({1, 2})));
  folder.write("b.npy", npy("<f4", "'shape': (2,)",
                            bytes_of<float>({1, std::numeric_limits<float>::infinity()})));
  folder.write("c.wav", wav({1, 2, 3}, 1, 8000));
  const auto path = folder.write("walks.csv",
                                 "id,part,scan,clip\n"
                                 "one,train,a.npy,c.wav\n"
                                 "two,train,b.npy,\n"
                                 "three,test,none.npy,c.wav\n"
                                 "four,test,a.npy,none.wav\n");
  const Splits splits = open_manifest(
      {.manifest = path.string(),
       .key = "id",
       .part = "part",
       .unreadable = UnreadableFile::missing,
       .sources = {{.name = "scan", .kind = SourceKind::array, .column = "scan"},
                   {.name = "clip", .kind = SourceKind::audio, .column = "clip", .rate = 8000}}});
  const Survey found = survey(splits);
  EXPECT_EQ(found.sources[0].unreadable, 2);
  EXPECT_EQ(found.sources[0].missing, 2);
  EXPECT_EQ(found.sources[1].unreadable, 1);
  EXPECT_EQ(found.sources[1].missing, 2);  // the empty cell too
  EXPECT_THAT(found.warnings,
              Contains("\"scan\": 2 files are missing or can't be read, such as two (scan): " +
                       (folder / "b.npy").string() +
                       ": the number at [1] is infinite as float32; NaN stands for one that is "
                       "missing"));
  EXPECT_THAT(found.warnings,
              Contains("\"clip\": 1 files are missing or can't be read, such as four (clip): " +
                       (folder / "none.wav").string() + ": there is no such file"));
}

TEST(Survey, WarnsOfClippedAndSilentRecordings) {
  const TemporaryFolder folder;
  const auto warnings = [&](const std::vector<std::vector<std::int16_t>>& clips) {
    std::string rows = "clip\n";
    for (std::size_t i = 0; i < clips.size(); ++i) {
      folder.write(fmt::format("{}.wav", i), wav(clips[i], 1, 8000));
      rows += fmt::format("{}.wav\n", i);
    }
    const auto path = folder.write("walks.csv", rows);
    return survey(open_manifest({.manifest = path.string(),
                                 .held_out = 0,
                                 .sources = {{.name = "mic",
                                              .kind = SourceKind::audio,
                                              .column = "clip",
                                              .rate = 8000}}}))
        .warnings;
  };
  EXPECT_THAT(warnings({{5, 32767, 32767, 32767, -32768, 5},  // four in a row, of either sign
                        {-32768, -32768, -32768, -32768},
                        {32767, 32767, 32767, 0, 32767},
                        {32000, 32000, 32000, 32000, 32000}}),
              ElementsAre("\"mic\": 2 recordings are clipped: turn the microphone down"));
  EXPECT_THAT(warnings({{0, 0, 0, 0, 0}, {0, 0, 0, 0, 1}}),
              ElementsAre("\"mic\": 1 recordings are silent"));
  // Loud, but no two in a row are alike.
  EXPECT_THAT(warnings({{32740, 32767, 32745, 32760, 32741, 32766, 32750}}), ElementsAre());
}

TEST(Survey, FindsNoClippingInTheHighPeaksOfLossySound) {
  const TemporaryFolder folder;
  SF_INFO info{};
  info.samplerate = 8000;
  info.channels = 1;
  info.format = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  SNDFILE* const file = sf_open((folder / "a.ogg").c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  std::vector<float> samples;
  for (int t = 0; t < 16'000; ++t)
    samples.push_back(static_cast<float>(1.05 * std::sin(0.03 * t) + 0.01 * std::sin(1.7 * t)));
  sf_writef_float(file, samples.data(), 16'000);
  sf_close(file);
  const auto path = folder.write("walks.csv", "clip\na.ogg\n");
  const Survey found = survey(open_manifest(
      {.manifest = path.string(),
       .held_out = 0,
       .sources = {{.name = "mic", .kind = SourceKind::audio, .column = "clip", .rate = 8000}}}));
  EXPECT_GT(found.sources[0].greatest, 1.0);
  EXPECT_THAT(found.warnings, ElementsAre());
}

TEST(MakeSenses, WritesWhatItsTableSays) {
  const TemporaryFolder folder;
  make_senses(folder.path(), {.samples = 60, .test_samples = 20});
  const Splits splits = open_manifest(
      {.manifest = (folder / "senses.csv").string(),
       .key = "id",
       .label = "shape",
       .part = "part",
       .sources = {{.name = "photo", .kind = SourceKind::image, .column = "photo"},
                   {.name = "clip", .kind = SourceKind::audio, .column = "clip", .rate = 8000},
                   {.name = "touch", .kind = SourceKind::table, .columns = {"t0..t11"}}}});
  EXPECT_EQ(splits.train->size(), 40);
  EXPECT_EQ(splits.test->size(), 20);
  ASSERT_EQ(splits.train->classes().size(), 3u);
  const Sample sample = splits.train->get(3);
  EXPECT_EQ(sample.values[0].size(), cv::Size(32, 32));
  EXPECT_EQ(sample.values[1].cols, 2400);
  EXPECT_EQ(sample.values[2].cols, 12);
  // The tone says the shape: 500, 1000 or 2000 Hz, by its zero crossings, within its sweep.
  for (std::int64_t i = 0; i < 40; ++i) {
    const cv::Mat clip = splits.train->value(i, 1).colRange(1000, 1800);
    int crossings = 0;
    for (int t = 1; t < clip.cols; ++t)
      crossings += (clip.at<float>(0, t) > 0) != (clip.at<float>(0, t - 1) > 0);
    const double hertz = crossings / 2.0 / 0.1;
    const std::string& shape = splits.train->classes()[splits.train->label(i)];
    const double expected = shape == "disc" ? 500 : shape == "square" ? 1000 : 2000;
    EXPECT_NEAR(hertz / expected, 1, 0.2) << i << " " << shape;
  }
  EXPECT_NEAR(senses_information(), std::log(3.0 * 2), 1e-12);
}

}  // namespace
}  // namespace cmc::data
