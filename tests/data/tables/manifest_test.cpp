#include "cmc/data/tables/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "cmc/data/numbers.h"
#include "cmc/error.h"
#include "tests/files/npy_file.h"
#include "tests/files/npz_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ManifestTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    return folder.write(name, text).string();
  }

  static SourceOptions table(std::vector<std::string> columns) {
    return {.name = "touch", .kind = SourceKind::table, .columns = std::move(columns)};
  }

  std::string message(const ManifestOptions& options) {
    return message_of<Error>([&] { open_manifest(options); });
  }

  TemporaryFolder folder;
};

std::vector<float> values(const cv::Mat& row) {
  const Numbers numbers(row);
  std::vector<float> values;
  for (std::size_t i = 0; i < numbers.size(); ++i) values.push_back(static_cast<float>(numbers[i]));
  return values;
}

TEST_F(ManifestTest, ReadsNumbersTextsLabelsAndWhatIsMissing) {
  const std::string path = file("walks.csv",
                                "\xef\xbb\xbfid,t0,t1,ground,label\r\n"
                                "a,1.5,-2e3,\"grass, wet\",10\r\n"
                                "\r\n"
                                "b,,3,\"a \"\"b\"\"\",9\r\n"
                                "c,, ,,\r\n"
                                "d,4,5,\"grass, wet\",10\r\n");
  const Splits splits = open_manifest({.manifest = path,
                                       .key = "id",
                                       .label = "label",
                                       .held_out = 0,
                                       .sources = {{.name = "touch",
                                                    .kind = SourceKind::table,
                                                    .columns = {"t0..t1"},
                                                    .categorical = {"ground"}}}});
  const Dataset& data = *splits.train;
  ASSERT_EQ(data.size(), 4);
  EXPECT_EQ(splits.test->size(), 0);
  EXPECT_THAT(data.classes(), ElementsAre("9", "10"));  // as numbers, not as texts
  EXPECT_EQ(data.label(0), 1);
  EXPECT_EQ(data.label(2), no_label);
  EXPECT_EQ(data.name(1), "b");
  const Source& source = data.sources()[0];
  ASSERT_EQ(source.columns.size(), 3u);
  EXPECT_THAT(source.columns[2].categories, ElementsAre("a \"b\"", "grass, wet"));
  EXPECT_THAT(values(data.get(0).values[0]), ElementsAre(1.5f, -2000.0f, 1.0f));
  EXPECT_TRUE(std::isnan(values(data.get(1).values[0])[0]));
  EXPECT_EQ(values(data.get(1).values[0])[2], 0);
  EXPECT_TRUE(data.get(2).values[0].empty());
  EXPECT_THAT(splits.notes, ElementsAre("view \"touch\" is missing from 1 of 4 samples"));
}

TEST_F(ManifestTest, ReadsJsonLinesWithListsAsColumns) {
  const std::string path = file("walks.jsonl",
                                "{\"id\": \"a\", \"t\": [1, 2.5], \"label\": \"up\"}\n"
                                "{\"t\": [null, 4], \"id\": \"b\", \"label\": \"down\"}\n");
  const Splits splits = open_manifest({.manifest = path,
                                       .key = "id",
                                       .label = "label",
                                       .held_out = 0,
                                       .sources = {table({"t0..t1"})}});
  EXPECT_THAT(values(splits.train->get(0).values[0]), ElementsAre(1.0f, 2.5f));
  EXPECT_TRUE(std::isnan(values(splits.train->get(1).values[0])[0]));
  EXPECT_THAT(splits.train->classes(), ElementsAre("down", "up"));
}

TEST_F(ManifestTest, LabelsThatAreNumbersAreTargetsAndWholeOnesAreClasses) {
  const auto opened = [&](const std::string& labels, LabelKind kind) {
    std::string text = "x,part,label\n";
    int row = 0;
    for (const std::string& label : std::vector<std::string>{"3", labels, "", "-1e1"}) {
      text += fmt::format("{},{},{}\n", row, row % 2 == 1 ? "train" : "test", label);
      ++row;
    }
    return open_manifest({.manifest = file("labels.csv", text),
                          .label = "label",
                          .label_kind = kind,
                          .part = "part",
                          .sources = {table({"x"})}});
  };
  const Splits numbers = opened("0.25", LabelKind::automatic);
  EXPECT_TRUE(numbers.train->has_targets());
  EXPECT_TRUE(numbers.test->has_targets());
  EXPECT_THAT(numbers.train->classes(), ElementsAre());
  EXPECT_EQ(numbers.train->label(0), no_label);
  EXPECT_EQ(numbers.train->target(0), 0.25);
  EXPECT_EQ(numbers.train->target(1), -10);
  EXPECT_EQ(numbers.test->target(0), 3);
  EXPECT_TRUE(std::isnan(numbers.test->target(1)));
  ASSERT_EQ(numbers.notes.size(), 1u);
  EXPECT_THAT(numbers.notes[0], HasSubstr("are numbers, 3 different ones"));

  for (const Splits& classes :
       {opened("0.25", LabelKind::classes), opened("2.0", LabelKind::automatic)}) {
    EXPECT_FALSE(classes.train->has_targets());
    EXPECT_EQ(classes.train->label(0), 1);
    EXPECT_EQ(classes.train->classes()[0], "-1e1");  // as numbers
    EXPECT_TRUE(std::isnan(classes.train->target(0)));
  }
  EXPECT_EQ(opened("2", LabelKind::number).train->target(0), 2);
  EXPECT_THAT(message_of<Error>([&] { opened("tall", LabelKind::number); }),
              HasSubstr("labels.csv, line 3: the label (column \"label\"): \"tall\" where a number "
                        "was expected"));
}

TEST_F(ManifestTest, ReadsTablesFromEuropeEachOnItsOwn) {
  const std::string path =
      file("walks.csv", "id;where;x;y\na;Kirche, Dorf;1,5;2\nb;Bahnhof;-2,25;NA\n");
  file("touch.csv", "id,p\na,1.5\nb,2.5\n");
  SourceOptions joined = table({"p"}), own = table({"x", "y"});
  joined.name = "joined";
  joined.table = "touch.csv";
  joined.table_key = "id";
  own.categorical = {"where"};
  const Splits splits =
      open_manifest({.manifest = path, .key = "id", .held_out = 0, .sources = {own, joined}});
  EXPECT_THAT(values(splits.train->get(0).values[0]), ElementsAre(1.5f, 2.0f, 1.0f));
  EXPECT_EQ(values(splits.train->get(1).values[0])[0], -2.25f);
  EXPECT_TRUE(std::isnan(values(splits.train->get(1).values[0])[1]));
  EXPECT_THAT(values(splits.train->get(1).values[1]), ElementsAre(2.5f));
  EXPECT_THAT(splits.notes,
              ElementsAre(HasSubstr("separated by \";\""), HasSubstr("decimal comma"),
                          "view \"touch\" holds \"NA\" 1 times: no value (data.missing "
                          "lists what is missing)"));

  const std::string thousands = file("thousands.csv", "x;y\n1,5;1\n1.234,5;2\n");
  EXPECT_THAT(message({.manifest = thousands, .sources = {table({"x"})}}),
              HasSubstr("thousands.csv, line 3: column \"x\" of view \"touch\": \"1.234,5\" where "
                        "a number was expected; write it without thousands separators"));
}

TEST_F(ManifestTest, WhatIsMissingGoesByTheColumnOrByTheRecipe) {
  const std::string path = file("walks.csv",
                                "id,country,x\n"
                                "a,NA,1\nb,DE,None\nc,nan,#N/A\nd,DE,?\ne,NA,5\n");
  SourceOptions source = table({"x"});
  source.categorical = {"country"};
  ManifestOptions options{.manifest = path, .label = "country", .held_out = 0, .sources = {source}};
  Splits splits = open_manifest(options);
  EXPECT_THAT(splits.train->classes(), ElementsAre("DE", "NA"));
  EXPECT_THAT(splits.train->sources()[0].columns[1].categories, ElementsAre("DE", "NA"));
  EXPECT_EQ(splits.train->label(2), no_label);
  EXPECT_TRUE(splits.train->get(2).values[0].empty());
  EXPECT_TRUE(std::isnan(values(splits.train->get(3).values[0])[0]));
  EXPECT_THAT(splits.notes,
              testing::Contains(HasSubstr("column \"country\" of view \"touch\" holds "
                                          "\"NA\": a text like others")));
  options.missing = {"NA", "None", "?", "#N/A"};
  splits = open_manifest(options);
  EXPECT_THAT(splits.train->classes(), ElementsAre("DE", "nan"));
  EXPECT_EQ(splits.train->label(0), no_label);
  options.missing = {"NA"};
  EXPECT_THAT(message(options),
              HasSubstr("line 3: column \"x\" of view \"touch\": \"None\" where"));
}

TEST_F(ManifestTest, APathThatMayMeanMissingIsAnErrorThatSaysSo) {
  file("whole.npy", npy("<f4", "'shape': (1, 2)", std::string(8, '\0')));
  const std::string path = file("scans.csv", "id,scan\n1,whole.npy\n2,nan\n3,None\n");
  const Splits splits =
      open_manifest({.manifest = path,
                     .held_out = 0,
                     .sources = {{.name = "scan", .kind = SourceKind::array, .column = "scan"}}});
  EXPECT_FALSE(splits.train->has(1, 0));
  EXPECT_TRUE(splits.train->get(1).values[0].empty());
  EXPECT_THAT(message_of<Error>([&] { splits.train->get(2); }),
              HasSubstr("; data.missing = [\"None\"] makes it no file"));
}

TEST_F(ManifestTest, AKeyThatIsMissingIsAnErrorAndAGroupOfItsOwn) {
  const std::string path = file("walks.csv", "id,walk,x\na,w,1\nnan,w,2\n");
  EXPECT_EQ(message({.manifest = path, .key = "id", .sources = {table({"x"})}}),
            path + ", line 3: the key (column \"id\") is \"nan\", which means missing");
  const std::string groups = file("groups.csv", "id,walk,x\na,w,1\nb,nan,2\nc,,3\nd,w,4\n");
  const Splits splits = open_manifest({.manifest = groups,
                                       .key = "id",
                                       .split_by = "walk",
                                       .held_out = 0,
                                       .sources = {table({"x"})}});
  EXPECT_EQ(splits.train->group(0), "w");
  EXPECT_EQ(splits.train->group(1), "b");
  EXPECT_EQ(splits.train->group(2), "c");
}

TEST_F(ManifestTest, HintsAtKeysThatDifferInTheirLettersAlone) {
  const auto notes_of = [&](const std::string& keys, const std::string& others) {
    file("touch.csv", "walk,p\n" + others);
    SourceOptions by_key = table({"p"});
    by_key.table = "touch.csv";
    by_key.table_key = "walk";
    return open_manifest({.manifest = file("walks.csv", "id\n" + keys),
                          .key = "id",
                          .held_out = 0,
                          .sources = {by_key}})
        .notes;
  };
  EXPECT_THAT(notes_of("1\n2\n3\n", "1.0,5\n2,6\n"),
              ElementsAre(HasSubstr("missing from 2 of 3 samples (\"1\" is not a key of " +
                                    (folder / "touch.csv").string() + ", but \"1.0\" is")));
  EXPECT_THAT(notes_of("007\n2\n", "7,5\n2,6\n"), ElementsAre(HasSubstr("but \"7\" is")));
  EXPECT_THAT(notes_of("Ann\nb\n", "ann,5\nb,6\n"), ElementsAre(HasSubstr("but \"ann\" is")));
  EXPECT_THAT(notes_of("a\nb\n", "c,5\nb,6\n"),
              ElementsAre("view \"touch\" is missing from 1 of 2 samples"));
  EXPECT_THAT(message_of<Error>([&] { notes_of("1\n2\n", "1.0,5\n2.0,6\n"); }),
              HasSubstr("missing from every row (\"1\" is not a key of"));
}

TEST_F(ManifestTest, JoinsATableByKeyOrByRow) {
  const std::string path = file("walks.csv", "id,x\na,1\nb,2\nc,3\n");
  file("touch.csv", "walk,p\nc,30\na,10\n");
  file("other.csv", "p\n7\n8\n9\n");
  SourceOptions by_key = table({"p"}), by_row = table({"p"});
  by_key.table = "touch.csv";
  by_key.table_key = "walk";
  by_row.name = "other";
  by_row.table = "other.csv";
  const Splits splits =
      open_manifest({.manifest = path, .key = "id", .held_out = 0, .sources = {by_key, by_row}});
  EXPECT_THAT(values(splits.train->get(0).values[0]), ElementsAre(10.0f));
  EXPECT_TRUE(splits.train->get(1).values[0].empty());
  EXPECT_THAT(values(splits.train->get(2).values[0]), ElementsAre(30.0f));
  EXPECT_THAT(values(splits.train->get(2).values[1]), ElementsAre(9.0f));
}

TEST_F(ManifestTest, MakesRowsOfFileNames) {
  file("3_ann_12.npy", npy("<i2", "'shape': (2,)", std::string("\x05\x00\xff\xff", 4)));
  file("4_bob_1.npy", npy("<i2", "'shape': (2,)", std::string("\x01\x00\x02\x00", 4)));
  file("4_bob_1.txt", "");
  SourceOptions scan{.name = "scan", .kind = SourceKind::array, .column = "file"};
  const Splits splits =
      open_manifest({.manifest = (folder.path() / "{digit}_{speaker}_{take}.npy").string(),
                     .label = "digit",
                     .split_by = "speaker",
                     .test_groups = {"bob"},
                     .sources = {scan}});
  ASSERT_EQ(splits.train->size(), 1);
  ASSERT_EQ(splits.test->size(), 1);
  EXPECT_THAT(values(splits.train->get(0).values[0]), ElementsAre(5.0f, -1.0f));
  EXPECT_EQ(splits.train->sources()[0].shape, (SourceShape{1, 1, 2}));
  EXPECT_EQ(splits.test->label(0), 1);
}

TEST_F(ManifestTest, NeverTearsAGroup) {
  std::string text = "id,speaker,x\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("{},s{},1\n", i, i % 30);
  ManifestOptions options{.manifest = file("walks.csv", text),
                          .key = "id",
                          .split_by = "speaker",
                          .test_samples = 45,
                          .sources = {table({"x"})}};
  const auto groups = [](const Dataset& part) {
    std::set<int> found;
    for (std::int64_t i = 0; i < part.size(); ++i) found.insert(std::stoi(part.name(i)) % 30);
    return found;
  };
  Splits splits = open_manifest(options);
  EXPECT_EQ(splits.test->size(), 50);  // whole groups of 10, until there are 45
  EXPECT_EQ(groups(*splits.test).size(), 5u);
  EXPECT_EQ(groups(*splits.train).size(), 25u);
  for (std::int64_t i = 0; i < splits.train->size(); ++i)
    EXPECT_EQ(splits.train->group(i), fmt::format("s{}", std::stoi(splits.train->name(i)) % 30));
  options.split_by = "";
  splits = open_manifest(options);
  EXPECT_EQ(splits.test->size(), 45);
  EXPECT_EQ(splits.test->group(0), splits.test->name(0));
  options.test_samples = 0;
  options.held_out = 0.2;
  splits = open_manifest(options);
  EXPECT_NEAR(static_cast<double>(splits.test->size()), 60, 20);
}

TEST_F(ManifestTest, TakesThePartsFromAColumn) {
  const std::string path = file("walks.csv", "part,x\ntrain,1\nval,2\ntest,3\ntrain,4\n");
  const Splits splits =
      open_manifest({.manifest = path, .part = "part", .sources = {table({"x"})}});
  EXPECT_EQ(splits.train->size(), 2);
  EXPECT_EQ(splits.test->size(), 2);
  const std::string other =
      file("other.csv", "part,x\nTrain,1\nDEV,2\ntraining,3\nvalid,4\nTesting,5\n");
  EXPECT_EQ(
      open_manifest({.manifest = other, .part = "part", .sources = {table({"x"})}}).test->size(),
      3);
  const std::string wrong = file("wrong.csv", "part,x\ntrain,1\nholdout,2\n");
  EXPECT_EQ(
      message({.manifest = wrong, .part = "part", .sources = {table({"x"})}}),
      wrong +
          ", line 3: the part (column \"part\") is \"holdout\"; train, test, val or validation "
          "was expected");
}

TEST_F(ManifestTest, ReadsDepthInMetresAndMarksWhatWasNotSeen) {
  cv::Mat stored(1, 3, CV_16UC1);
  stored.at<std::uint16_t>(0, 0) = 1500;
  stored.at<std::uint16_t>(0, 1) = 0;
  stored.at<std::uint16_t>(0, 2) = 65535;
  cv::imwrite((folder.path() / "d1.png").string(), stored);
  const std::string path = file("rooms.csv", "frame\n1\n");
  const Splits splits = open_manifest(
      {.manifest = path,
       .held_out = 0,
       .sources = {{.name = "depth", .kind = SourceKind::depth, .file = "d{frame}.png"}}});
  const cv::Mat metres = splits.train->get(0).values[0];
  EXPECT_FLOAT_EQ(metres.at<float>(0, 0), 1.5f);
  EXPECT_TRUE(std::isnan(metres.at<float>(0, 1)));
  EXPECT_TRUE(std::isnan(metres.at<float>(0, 2)));
}

TEST_F(ManifestTest, NamesWhatIsWrongAndTheLine) {
  const std::string path =
      file("walks.csv", "id,t0,t1,t1,label\na,1,2,3,4\nb,1,x,3,4\na,1,2,3,4\n");
  const auto with = [&](ManifestOptions options, SourceOptions source) {
    options.manifest = path;
    options.sources = {std::move(source)};
    return message(options);
  };
  EXPECT_EQ(with({}, table({"T0"})), path +
                                         ": there is no column \"T0\", which view \"touch\" asks "
                                         "for; the nearest is \"t0\"");
  EXPECT_THAT(with({}, table({"t1"})), HasSubstr("say which by its place, \"#3\" or \"#4\""));
  EXPECT_EQ(with({}, table({"#3"})),
            path + ", line 3: column \"t1\" of view \"touch\": \"x\" where a number was expected");
  EXPECT_EQ(with({.key = "id"}, table({"t0"})), path +
                                                    ", line 4: the key \"a\" (column \"id\") "
                                                    "also occurs in " +
                                                    path + ", line 2");
  EXPECT_THAT(with({.label = "lable"}, table({"t0"})), HasSubstr("nearest is \"label\""));

  const std::string torn = file("torn.csv", "a,b\n1,2\n\n1,2,3\n");
  EXPECT_EQ(message({.manifest = torn, .sources = {table({"a"})}}),
            torn + ", line 4: 3 cells; the header names 2 columns");
  const std::string quote = file("quote.csv", "a,b\n1,\"2\n3,4\n");
  EXPECT_EQ(message({.manifest = quote, .sources = {table({"a"})}}),
            quote + ", line 2: a quote opens here and is never closed");
  const std::string lines = file("lines.jsonl", "{\"a\": 1}\n[1, 2]\n");
  EXPECT_EQ(message({.manifest = lines, .sources = {table({"a"})}}),
            lines + ", line 2: is not a JSON object");
  const std::string none = file("none.csv", "a,b\n1,\n2,\n");
  EXPECT_EQ(message({.manifest = none, .sources = {table({"b"})}}),
            none + ": view \"touch\" has no sample: it is missing from every row");
}

TEST_F(ManifestTest, ReadsNumbersBeyondFloat32OrNamesThem) {
  const std::string path = file("small.csv", "x\n1e-400\n-1e-60\n+3e38\n");
  const Splits splits = open_manifest({.manifest = path, .held_out = 0, .sources = {table({"x"})}});
  EXPECT_EQ(values(splits.train->get(0).values[0])[0], 0.0f);
  EXPECT_EQ(values(splits.train->get(1).values[0])[0], 0.0f);
  EXPECT_EQ(values(splits.train->get(2).values[0])[0], 3e38f);
  for (const char* const number : {"1e400", "-1e400", "1e60"}) {
    const std::string large = file("large.csv", std::string("x\n1\n") + number + "\n");
    EXPECT_THAT(message({.manifest = large, .sources = {table({"x"})}}),
                HasSubstr(large + ", line 3: column \"x\" of view \"touch\": " + number +
                          " is not a finite float32"));
  }
}

TEST_F(ManifestTest, KeepsApartWhatLiesFarFromZeroAndCloseTogether) {
  const std::string path = file("times.csv",
                                "t,north,serial\n"
                                "1700000000,5412345.67,9007199254740992\n"
                                "1700000005,5412345.69,9007199254740993\n"
                                "-1700000005,+5412345.69,184467440737095516160\n");
  const Splits splits = open_manifest(
      {.manifest = path, .held_out = 0, .sources = {table({"t", "north", "serial"})}});
  const auto at = [&](std::int64_t index, std::size_t column) {
    return Numbers(splits.train->value(index, 0))[column];
  };
  EXPECT_EQ(at(1, 0) - at(0, 0), 5);
  EXPECT_NEAR(at(1, 1) - at(0, 1), 0.02, 1e-8);
  EXPECT_EQ(at(2, 0), -1700000005);
  EXPECT_THAT(splits.notes,
              ElementsAre("column \"serial\" of view \"touch\": 2 whole numbers beyond 2⁵³ are "
                          "rounded to float64; subtract an origin from them, or name it under "
                          "categorical"));
}

TEST_F(ManifestTest, ReadsTheRowsOfOneArray) {
  file("all.npy", npy("<i2", "'shape': (3, 2)", bytes_of<std::int16_t>({0, 1, 10, 11, 20, 21})));
  file("all.npz", npz({{"x.npy", npy("<f4", "'shape': (2, 3, 2)",
                                     bytes_of<float>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))},
                       {"y.npy", npy("<f4", "'shape': (1, 1)", bytes_of<float>({7}))}}));
  const std::string path = file("things.csv", "id,row\na,1\nb,\nc,0.0\n");
  const SourceOptions by_number{.name = "number", .kind = SourceKind::array, .file = "all.npy"};
  const SourceOptions by_column{.name = "column",
                                .kind = SourceKind::array,
                                .column = "row",
                                .file = "all.npz",
                                .entry = "x"};
  const Splits splits =
      open_manifest({.manifest = path, .held_out = 0, .sources = {by_number, by_column}});
  const Dataset& data = *splits.train;
  EXPECT_EQ(data.sources()[0].shape, (SourceShape{1, 1, 2}));
  EXPECT_EQ(data.sources()[1].shape, (SourceShape{1, 3, 2}));
  EXPECT_THAT(values(data.value(2, 0)), ElementsAre(20, 21));
  EXPECT_THAT(values(data.get(0).values[1]), ElementsAre(6, 7, 8, 9, 10, 11));
  EXPECT_TRUE(data.get(1).values[1].empty());
  EXPECT_FALSE(data.has(1, 1));
  EXPECT_TRUE(data.has(1, 0));
  EXPECT_THAT(values(data.value(2, 1)), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(splits.notes, ElementsAre("view \"column\" is missing from 1 of 3 samples"));
}

TEST_F(ManifestTest, TakesAllOfOneFileOfArrays) {
  const auto array = [](const char* type, const std::string& shape, const std::string& bytes) {
    return npy(type, "'shape': " + shape, bytes);
  };
  const std::string x = array("<i2", "(3, 2)", bytes_of<std::int16_t>({0, 1, 10, 11, 20, 21}));
  const std::string y = array("<i8", "(3,)", bytes_of<std::int64_t>({10, 9, 10}));
  const std::string weight =
      array("<f8", "(3, 1)", bytes_of<double>({0.1, std::nan(""), 1700000005}));
  const std::string path =
      file("digits.npz", npz({{"x.npy", x}, {"y.npy", y}, {"weight.npy", weight}}, true));
  const SourceOptions pixels{
      .name = "pixels", .kind = SourceKind::array, .file = "digits.npz", .entry = "x"};
  const Splits splits = open_manifest(
      {.manifest = path, .label = "y", .held_out = 0, .sources = {pixels, table({"weight", "y"})}});
  const Dataset& data = *splits.train;
  ASSERT_EQ(data.size(), 3);
  EXPECT_THAT(data.classes(), ElementsAre("9", "10"));
  EXPECT_EQ(data.label(1), 0);
  EXPECT_THAT(values(data.value(1, 0)), ElementsAre(10, 11));
  EXPECT_EQ(Numbers(data.value(0, 1))[0], 0.1);
  EXPECT_TRUE(std::isnan(values(data.value(1, 1))[0]));
  EXPECT_EQ(Numbers(data.value(2, 1))[0], 1700000005);

  file("x.npy", x);
  const SourceOptions alone{.name = "pixels", .kind = SourceKind::array, .file = "x.npy"};
  EXPECT_EQ(
      open_manifest({.manifest = (folder / "x.npy").string(), .held_out = 0, .sources = {alone}})
          .train->size(),
      3);
  // The largest array counts; what has other rows, or texts, is no column.
  const std::string more =
      file("more.npz", npz({{"names.npy", array("<U2", "(9,)", std::string(72, 'x'))},
                            {"y.npy", y},
                            {"z.npy", array("<i2", "(4,)", bytes_of<std::int16_t>({1, 2, 3, 4}))},
                            {"x.npy", array("<f8", "(3, 4)", std::string(96, '\0'))}}));
  const Splits rows = open_manifest({.manifest = more, .held_out = 0, .sources = {table({"y"})}});
  EXPECT_EQ(rows.train->size(), 3);
  for (const char* const none : {"z", "names", "x"})
    EXPECT_THAT(message({.manifest = more, .sources = {table({none})}}),
                HasSubstr(fmt::format("there is no column \"{}\"", none)));
}

TEST_F(ManifestTest, NamesARowThatAnArrayLacksAndTheLine) {
  const std::string array =
      file("all.npy", npy("<i2", "'shape': (3, 1)", bytes_of<std::int16_t>({1, 2, 3})));
  SourceOptions source{
      .name = "scan", .kind = SourceKind::array, .column = "row", .file = "all.npy"};
  const auto with_row = [&](const std::string& row) {
    const std::string path = file("rows.csv", "row\n0\n" + row + "\n");
    const std::string text = message({.manifest = path, .held_out = 0, .sources = {source}});
    const std::string where = path + ", line 3: view \"scan\": ";
    EXPECT_THAT(text, testing::StartsWith(where)) << row;
    return text.substr(std::min(where.size(), text.size()));
  };
  for (const std::string row : {"3", "-1", "1.5", "one", "1.", "99999999999999999999"})
    EXPECT_EQ(with_row(row), "\"" + row + "\" is not a row of " + array + "; its rows are 0 to 2");

  source.column.clear();
  const std::string four = file("four.csv", "x\n1\n2\n3\n4\n");
  EXPECT_EQ(message({.manifest = four, .sources = {source}}),
            "view \"scan\": " + array + " holds 3 rows, and " + four +
                " has 4: a row's number says which is its own, so that they must be as many; or "
                "column names the column that says it");
  source.file = "absent.npy";
  for (const UnreadableFile unreadable : {UnreadableFile::error, UnreadableFile::missing})
    EXPECT_THAT(
        message({.manifest = four, .unreadable = unreadable, .sources = {source}}),
        testing::StartsWith("view \"scan\": " + (folder / "absent.npy").string() + ": can't be"));
}

TEST_F(ManifestTest, ReadsTheRowsOfAnArrayForEachRecording) {
  file("one.npy", npy("<i2", "'shape': (2, 1)", bytes_of<std::int16_t>({1, 2})));
  file("two.npy", npy("<i2", "'shape': (1, 1)", bytes_of<std::int16_t>({3})));
  const std::string path = file("frames.csv", "walk,frame\none,1\ntwo,0\ntwo,1\none,0\n");
  const Splits splits = open_manifest(
      {.manifest = path,
       .held_out = 0,
       .sources = {
           {.name = "scan", .kind = SourceKind::array, .column = "frame", .file = "{walk}.npy"}}});
  EXPECT_THAT(values(splits.train->value(0, 0)), ElementsAre(2));
  EXPECT_THAT(values(splits.train->value(1, 0)), ElementsAre(3));
  EXPECT_THAT(values(splits.train->value(3, 0)), ElementsAre(1));
  EXPECT_EQ(message_of<Error>([&] { splits.train->get(2); }),
            path + ", line 4: view \"scan\": \"1\" is not a row of " +
                (folder / "two.npy").string() + "; its rows are 0 to 0");
}

TEST_F(ManifestTest, ATextThatTrainingNeverSawIsUnknownAndNotMissing) {
  const std::string path =
      file("rooms.csv", "room,part\nkitchen,train\nbath,train\nattic,test\n,test\n");
  const Splits splits = open_manifest(
      {.manifest = path,
       .part = "part",
       .sources = {{.name = "room", .kind = SourceKind::table, .categorical = {"room"}}}});
  EXPECT_THAT(values(splits.train->get(0).values[0]), ElementsAre(1.0f));
  EXPECT_THAT(values(splits.test->get(0).values[0]), ElementsAre(unseen_category));
  EXPECT_TRUE(splits.test->has(0, 0));
  EXPECT_FALSE(splits.test->has(1, 0));
}

TEST_F(ManifestTest, WarnsOfALabelInAManifestThatIsSortedByClass) {
  std::string text = "x,label\n";
  for (int i = 0; i < 4000; ++i) text += fmt::format("{0},{0}\n", i / 2000);
  const Splits splits = open_manifest({.manifest = file("sorted.csv", text),
                                       .label = "label",
                                       .held_out = 0,
                                       .sources = {table({"x"})}});
  ASSERT_EQ(splits.notes.size(), 1u);
  EXPECT_THAT(splits.notes[0], HasSubstr("column \"x\" of view \"touch\" repeats the labels"));
}

TEST_F(ManifestTest, WarnsOfALabelAmongTheColumns) {
  const std::string path = file("walks.csv", "x,label\n1,0\n2,1\n");
  const Splits splits = open_manifest(
      {.manifest = path, .label = "label", .held_out = 0, .sources = {table({"x..label"})}});
  ASSERT_EQ(splits.notes.size(), 1u);
  EXPECT_THAT(splits.notes[0], HasSubstr("repeats the labels"));
}

TEST_F(ManifestTest, WarnsOfALabelAmongTheColumnsOfAJoinedTable) {
  const std::string path = file("walks.csv", "id,x,label\na,1,0\nb,2,1\n");
  file("more.csv", "id,label,copy,other\na,5,0,1\nb,6,1,1\n");
  SourceOptions more = table({"label", "copy", "other"});
  more.table = "more.csv";
  more.table_key = "id";
  const Splits splits = open_manifest(
      {.manifest = path, .key = "id", .label = "label", .held_out = 0, .sources = {more}});
  ASSERT_EQ(splits.notes.size(), 1u);  // a name alone is none
  EXPECT_THAT(splits.notes[0], HasSubstr("column \"copy\" of view \"touch\" repeats the labels"));
}

TEST_F(ManifestTest, TellsWhatASampleHasAndWhichAreDuplicates) {
  const std::string path = file("walks.csv",
                                "x,photo,content,part\n1,,p,train\n,b.png,q,train\n3,c.png,p,test\n"
                                "4,d.png,,train\n5,e.png,p,train\n6,f.png,,train\n");
  const Splits splits = open_manifest(
      {.manifest = path,
       .part = "part",
       .duplicates = "content",
       .sources = {table({"x"}), {.name = "photo", .kind = SourceKind::image, .column = "photo"}}});
  const Dataset& train = *splits.train;  // rows 0, 1, 3, 4, 5
  EXPECT_TRUE(train.has(0, 0));
  EXPECT_FALSE(train.has(0, 1));  // no file is there: it is the cell that counts
  EXPECT_FALSE(train.has(1, 0));
  EXPECT_TRUE(train.has(1, 1));
  const std::vector<std::int64_t> group = train.duplicates();
  ASSERT_EQ(group.size(), 5u);
  EXPECT_EQ(group[0], group[3]);
  EXPECT_EQ(std::set<std::int64_t>(group.begin(), group.end()).size(), 4u);
  EXPECT_THAT(message({.manifest = path, .duplicates = "contents", .sources = {table({"x"})}}),
              HasSubstr("nearest is \"content\""));
}

TEST_F(ManifestTest, NumbersTheCellsOfAColumn) {
  const std::string path = file("visits.csv",
                                "x,patient,part\n1,bo,train\n2,an,test\n3, bo ,train\n4,,train\n"
                                "5,cy,train\n6,NA,train\n7,an,train\n");
  const Splits splits =
      open_manifest({.manifest = path, .part = "part", .sources = {table({"x"})}});
  const auto groups = splits.train->column_groups("patient", "contrast.positives");
  ASSERT_EQ(groups.size(), 6u);  // rows 0, 2, 3, 4, 5, 6
  EXPECT_EQ(groups[0], groups[1]);
  EXPECT_EQ(groups[2], -1);
  EXPECT_EQ(std::set<std::int64_t>({groups[0], groups[2], groups[3], groups[4], groups[5]}).size(),
            5u);
  EXPECT_GE(*std::ranges::min_element(groups), -1);
  // Of both parts: the other an is in the test part.
  EXPECT_EQ(groups[5], splits.test->column_groups("patient", "contrast.positives")[0]);
  EXPECT_THAT(
      message_of<Error>([&] { splits.train->column_groups("pateint", "contrast.positives"); }),
      HasSubstr("there is no column \"pateint\", which contrast.positives asks for; the "
                "nearest is \"patient\""));
}

TEST_F(ManifestTest, NamesSamplesByKeyOrRow) {
  using Named = std::vector<std::vector<std::int64_t>>;
  const std::string path = file("walks.csv",
                                "id,x,hard,part\nann,1,\"cy ; dee\",train\nbob,2,,test\n"
                                "cy,3,bob;ann;;ann,train\ndee,4,,train\n");
  const auto samples = [&](const ManifestOptions& options) {
    return open_manifest(options).train->column_samples("hard", "contrast.hard_negatives");
  };
  const ManifestOptions by_key{
      .manifest = path, .key = "id", .part = "part", .sources = {table({"x"})}};
  EXPECT_EQ(samples(by_key), (Named{{1, 2}, {-1, 0}, {}}));  // bob is in the test part
  const std::string numbered = file("rows.csv", "x,hard\n1,2\n2,\n3,0;1\n");
  ManifestOptions by_row{.manifest = numbered, .held_out = 0, .sources = {table({"x"})}};
  EXPECT_EQ(samples(by_row), (Named{{2}, {}, {0, 1}}));

  const auto refusal = [&](const std::string& cell, bool keyed) {
    ManifestOptions options{.manifest = file("bad.csv", "id,x,hard\nann,1,\nbob,2," + cell + "\n"),
                            .held_out = 0,
                            .sources = {table({"x"})}};
    if (keyed) options.key = "id";
    return message_of<Error>([&] { samples(options); });
  };
  EXPECT_THAT(refusal("anne", true),
              HasSubstr("bad.csv, line 3: column \"hard\", which contrast.hard_negatives reads, "
                        "names \"anne\", which is no sample: a cell of the column \"id\" was "
                        "expected; the nearest is \"ann\""));
  EXPECT_THAT(refusal("bob", true), HasSubstr("names \"bob\", which is the sample itself"));
  EXPECT_THAT(refusal("ann|bob", true), HasSubstr("; several are separated by semicolons"));
  EXPECT_THAT(
      refusal("2", false),
      HasSubstr("names \"2\", which is no sample: a row from 0 to 1 was expected (data.key"));
  EXPECT_THAT(refusal("ann", false), HasSubstr("names \"ann\", which is no sample"));
  EXPECT_THAT(refusal("1", false), HasSubstr("the sample itself"));
  EXPECT_THAT(message_of<Error>([&] {
                open_manifest(by_key).train->column_samples("herd", "contrast.hard_negatives");
              }),
              HasSubstr("the nearest is \"hard\""));
}

TEST_F(ManifestTest, TakesAFileThatCannotBeReadAsAnErrorOrAsMissing) {
  file("whole.npy", npy("<f4", "'shape': (1, 2)", std::string(8, '\0')));
  file("objects.npy", npy("|O", "'shape': (1, 2)", std::string(16, '\0')));
  file("longer.npy", npy("<f4", "'shape': (1, 3)", std::string(12, '\0')));
  file("cut.npy", npy("<f4", "'shape': (1, 2)", std::string(7, '\0')));
  const std::string path = file(
      "scans.csv", "scan\nwhole.npy\nobjects.npy\nlonger.npy\ncut.npy\nabsent.npy\nscans.csv\n");
  ManifestOptions options{
      .manifest = path,
      .held_out = 0,
      .sources = {{.name = "scan", .kind = SourceKind::array, .column = "scan"}}};
  const Splits strict = open_manifest(options);
  const auto reason = [&](std::int64_t index) {
    return message_of<Error>([&] { strict.train->get(index); });
  };
  EXPECT_THAT(reason(1), HasSubstr(path + ", line 3: view \"scan\""));
  EXPECT_THAT(reason(1), HasSubstr("array of Python objects"));
  EXPECT_THAT(reason(2), HasSubstr("1 × 1 × 3 where the first has 1 × 1 × 2"));
  EXPECT_THAT(reason(3), HasSubstr("cut short"));
  EXPECT_THAT(reason(4), HasSubstr("can't be opened"));
  EXPECT_THAT(reason(5), HasSubstr("not a .npy file"));

  options.unreadable = UnreadableFile::missing;
  const std::string late = file("late.csv", "scan\nobjects.npy\nwhole.npy\n");
  ManifestOptions other = options;
  other.manifest = late;
  EXPECT_EQ(open_manifest(other).train->sources()[0].shape, (SourceShape{1, 1, 2}));
  other.manifest = file("none.csv", "scan\n\"\"\nabsent.npy\nobjects.npy\n");
  EXPECT_THAT(message(other), HasSubstr("none of its files can be read; the first: " +
                                        (folder / "absent.npy").string() + ": can't be opened"));
  const Splits lenient = open_manifest(options);
  EXPECT_FALSE(lenient.train->get(0).values[0].empty());
  for (std::int64_t i = 1; i < 6; ++i) EXPECT_TRUE(lenient.train->get(i).values[0].empty());
  ASSERT_EQ(lenient.train->unreadable().size(), 5u);
  EXPECT_EQ(lenient.train->unreadable()[0].name, "row 1 (scan)");
}

}  // namespace
}  // namespace cmc::data
