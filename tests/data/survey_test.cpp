#include "cmc/data/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/data/make_senses.h"
#include "cmc/data/manifest.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::Contains;
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
  EXPECT_THAT(found.warnings, Contains(HasSubstr("what is held out was seen")));
  EXPECT_EQ(to_json(found)["sources"][0]["missing"], 1);
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
