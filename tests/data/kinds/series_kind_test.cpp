#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/numbers.h"
#include "cmc/data/survey.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/error.h"
#include "tests/files/npy_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

class SeriesKindTest : public ::testing::Test {
 protected:
  /// A file of `rows` × `columns` numbers that count from `first`.
  std::string array(const std::string& name, int rows, int columns, float first = 0) const {
    std::vector<float> numbers(static_cast<std::size_t>(rows * columns));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = first + static_cast<float>(i);
    return write(name, rows, columns, numbers);
  }
  std::string write(const std::string& name, int rows, int columns,
                    const std::vector<float>& numbers) const {
    folder.write(name, npy("<f4", fmt::format("'shape': ({}, {})", rows, columns),
                           bytes_of<float>(numbers)));
    return name;
  }

  ManifestOptions manifest(const std::vector<std::string>& files, SourceOptions source) const {
    std::string rows = "file\n";
    for (const std::string& file : files) rows += file + "\n";
    source.name = "watch";
    source.kind = SourceKind::series;
    source.column = "file";
    return {.manifest = folder.write("walks.csv", rows).string(),
            .held_out = 0,
            .sources = {std::move(source)}};
  }
  Splits open(const std::vector<std::string>& files, const SourceOptions& source = {}) const {
    return open_manifest(manifest(files, source));
  }
  /// What reading all of them ends in.
  std::string message(const std::vector<std::string>& files,
                      const SourceOptions& source = {}) const {
    return message_of<Error>([&] {
      const Splits splits = open(files, source);
      for (std::int64_t i = 0; i < splits.train->size(); ++i) splits.train->get(i);
    });
  }

  TemporaryFolder folder;
};

std::vector<double> numbers(const cv::Mat& value) {
  const Numbers all(value);
  std::vector<double> found;
  for (std::size_t i = 0; i < all.size(); ++i) found.push_back(all[i]);
  return found;
}

TEST_F(SeriesKindTest, ChannelsAreTheAxisThatArraysShare) {
  array("a.npy", 2, 3);
  array("b.npy", 2, 5);
  array("c.npy", 3, 2);
  array("d.npy", 5, 2);
  const Splits rows = open({"a.npy", "b.npy"});
  EXPECT_EQ(rows.train->sources()[0].layout, (SeriesLayout{false, 2}));
  EXPECT_EQ(rows.train->sources()[0].shape, (SourceShape{2, 1, 0}));
  EXPECT_EQ(rows.train->sources()[0].columns[1].name, "#2");
  EXPECT_THAT(rows.notes, ElementsAre());
  EXPECT_EQ(rows.train->get(0).values[0].size(), cv::Size(3, 2));
  EXPECT_THAT(numbers(rows.train->get(0).values[0]), ElementsAre(0, 1, 2, 3, 4, 5));
  const Splits columns = open({"c.npy", "d.npy"});
  EXPECT_EQ(columns.train->sources()[0].layout, (SeriesLayout{true, 2}));
  EXPECT_THAT(numbers(columns.train->get(0).values[0]), ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST_F(SeriesKindTest, TheShorterAxisCountsWhereAllAreOfOneLengthAndANoteSaysSo) {
  array("a.npy", 7, 2);
  array("b.npy", 7, 2);
  const Splits splits = open({"a.npy", "b.npy"});
  EXPECT_EQ(splits.train->sources()[0].layout, (SeriesLayout{true, 2}));
  EXPECT_THAT(
      splits.notes,
      ElementsAre("view \"watch\": its arrays are [7, 2]: read as [T, C] of 2 channels, the "
                  "shorter axis, since all are of one length (axes says which)"));
  const Splits told = open({"a.npy"}, {.axes = SeriesAxes::channels_first});
  EXPECT_EQ(told.train->sources()[0].layout, (SeriesLayout{false, 7}));
  EXPECT_THAT(told.notes, ElementsAre());
}

TEST_F(SeriesKindTest, AxesThatTheShapesContradictAreRefused) {
  array("a.npy", 7, 2);
  array("b.npy", 9, 2);
  EXPECT_EQ(
      message_of<Error>([&] {
        open({"a.npy", "b.npy"}, {.axes = SeriesAxes::channels_first});
      }),
      "view \"watch\": axes = \"channels_first\", but the arrays have 2 on the other axis and "
      "differ on this one: they are [T, C], axes = \"time_first\"");
}

TEST_F(SeriesKindTest, ChannelsAreChosenByNameOrPlace) {
  array("a.npy", 4, 3);
  array("b.npy", 4, 9);
  EXPECT_THAT(
      numbers(open({"a.npy", "b.npy"}, {.columns = {"#4", "#1..#2"}}).train->get(0).values[0]),
      ElementsAre(9, 10, 11, 0, 1, 2, 3, 4, 5));
  folder.write("a.csv", "t,x,y\n0,1,2\n1,3,4\n");
  folder.write("b.csv", "y,x,t,more\n5,6,7,8\n5,6,7,8\n");  // another order: names count
  const Splits tables = open({"a.csv", "b.csv"}, {.columns = {"x..y"}});
  EXPECT_THAT(numbers(tables.train->get(0).values[0]), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(numbers(tables.train->get(1).values[0]), ElementsAre(6, 6, 5, 5));
  EXPECT_EQ(tables.train->sources()[0].columns[1].name, "y");
}

TEST_F(SeriesKindTest, WhatARunLearnedFromSaysHowAnArrayIsRead) {
  array("a.npy", 2, 7);  // by itself two channels
  const SourceOptions known{.columns = {"#1"}, .layout = {true, 7}};
  const Splits splits = open({"a.npy"}, known);
  EXPECT_THAT(numbers(splits.train->get(0).values[0]), ElementsAre(0, 7));
}

TEST_F(SeriesKindTest, EachKindOfDamageIsALineWithTheFileAndTheRow) {
  array("a.npy", 2, 5);
  array("b.npy", 2, 6);
  array("swapped.npy", 8, 2);
  array("three.npy", 3, 8);
  array("one.npy", 2, 1);
  write("nothing.npy", 2, 3, std::vector<float>(6, nan));
  folder.write("none.npy", npy("<f4", "'shape': (2, 0)", ""));
  folder.write("torn.npy", npy("<f4", "'shape': (2, 4)", std::string(12, '\0')));
  folder.write("deep.npy", npy("<f4", "'shape': (2, 1, 2)", std::string(16, '\0')));
  const auto third = [&](const std::string& name) { return message({"a.npy", "b.npy", name}); };
  EXPECT_THAT(
      third("swapped.npy"),
      HasSubstr("walks.csv, line 4: view \"watch\": " + (folder / "swapped.npy").string() +
                ": [8, 2], [T, C] where 2 channels are due as [C, T]: its axes are swapped; "
                "save it as x.T"));
  EXPECT_THAT(third("three.npy"),
              HasSubstr("three.npy: [3, 8], 3 channels as [C, T]; the other series have 2"));
  EXPECT_THAT(third("one.npy"),
              HasSubstr("one.npy: a series of 1 time step; two or more were expected"));
  EXPECT_THAT(third("nothing.npy"),
              HasSubstr("nothing.npy: holds no number: all of its 6 values are missing"));
  EXPECT_THAT(third("none.npy"), HasSubstr("none.npy: holds no number"));
  EXPECT_THAT(third("torn.npy"), HasSubstr("torn.npy: byte 140: cut short"));
  EXPECT_THAT(third("deep.npy"), HasSubstr("deep.npy: 3 dimensions, [2, 1, 2]; a series has two"));
  EXPECT_THAT(third("lost.npy"), HasSubstr("lost.npy: can't be opened: No such file"));
  EXPECT_THAT(message({"torn.npy"}),
              HasSubstr("view \"watch\": none of its series can be read; the first: "));
}

TEST_F(SeriesKindTest, AChannelThatIsNotThereIsNamedWithTheNearest) {
  folder.write("a.csv", "acc_x,acc_y\n1,2\n3,4\n");
  folder.write("b.csv", "acc_x\n1\n3\n");
  array("a.npy", 2, 5);
  EXPECT_THAT(message({"a.csv"}, {.columns = {"acc_yy"}}),
              HasSubstr("there is no column \"acc_yy\", which view \"watch\" asks for; the nearest "
                        "is \"acc_y\""));
  EXPECT_THAT(message({"a.csv", "b.csv"}),
              HasSubstr("walks.csv, line 3: view \"watch\": " + (folder / "b.csv").string() +
                        ": there is no column \"acc_y\""));
  EXPECT_THAT(message({"a.npy"}, {.columns = {"acc_x"}}),
              HasSubstr("an array's channels have no names, but places: \"#1\" to \"#2\""));
  EXPECT_THAT(message({"a.npy"}, {.columns = {"#3"}}),
              HasSubstr("view \"watch\" asks for column #3; there are 2"));
}

TEST_F(SeriesKindTest, ADamagedFileIsMissingWhereTheRecipeSaysSo) {
  array("a.npy", 2, 5);
  array("b.npy", 2, 6);
  array("swapped.npy", 8, 2);
  ManifestOptions options = manifest({"a.npy", "swapped.npy", "b.npy"}, {});
  options.unreadable = UnreadableFile::missing;
  const Splits splits = open_manifest(options);
  EXPECT_FALSE(splits.train->get(0).values[0].empty());
  EXPECT_TRUE(splits.train->get(1).values[0].empty());
  EXPECT_FALSE(splits.train->get(2).values[0].empty());
  EXPECT_EQ(splits.train->unreadable().size(), 1u);
}

TEST_F(SeriesKindTest, ASurveyCountsLengthsGapsAndChannelsThatNeverChange) {
  write("a.npy", 2, 3, {1, nan, 3, 7, 7, 7});
  write("b.npy", 2, 5, {4, 4, 4, 4, 4, 7, 7, 7, 7, 7});
  const Survey found = survey(open({"a.npy", "b.npy"}));
  EXPECT_EQ(found.sources[0].smallest.width, 3);
  EXPECT_EQ(found.sources[0].largest.width, 5);
  EXPECT_DOUBLE_EQ(found.sources[0].missing_values, 1.0 / 16);
  EXPECT_THAT(found.warnings,
              Contains("\"watch\": 1 series have gaps, which are filled: linearly, at the ends by "
                       "the nearest"));
  EXPECT_THAT(found.warnings, Contains("\"watch\": 1 series never change"));
  EXPECT_THAT(found.warnings, Contains("\"watch\": 1 columns are constant and tell nothing: #2"));
  const Source source{.kind = SourceKind::series};
  EXPECT_EQ(series_kind.size(source, {1, 2, 5}), "2 × 5 steps");
}

}  // namespace
}  // namespace cmc::data
