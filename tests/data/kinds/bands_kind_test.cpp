#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <opencv2/core.hpp>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/survey.h"
#include "cmc/data/tables/manifest.h"
#include "tests/files/npy_file.h"
#include "tests/files/tiff_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Bytes scene_file(int bands, int bits = 8, std::uint32_t side = 3) {
  std::vector<std::uint32_t> values;
  for (std::uint32_t i = 0; i < side * side * static_cast<std::uint32_t>(bands); ++i)
    values.push_back(i % static_cast<std::uint32_t>(bands) == 1 ? 9 : i);
  return tiff({.width = side, .height = side, .bits = bits, .samples = bands, .values = values});
}

class BandsKind : public testing::Test {
 protected:
  Splits open(const std::string& rows, UnreadableFile unreadable = UnreadableFile::error) {
    return open_manifest(
        {.manifest = folder.write("scenes.csv", "file\n" + rows).string(),
         .held_out = 0,
         .unreadable = unreadable,
         .sources = {
             {.name = "scene", .kind = SourceKind::bands, .column = "file", .bands = names}}});
  }
  std::string reason(const std::string& rows) {
    return message_of<Error>([&] {
      const Splits splits = open(rows);
      for (std::int64_t i = 0; i < splits.train->size(); ++i) splits.train->get(i);
    });
  }
  std::string path(const std::string& name) { return (folder / name).string(); }

  TemporaryFolder folder;
  std::vector<std::string> names = {};
};

TEST_F(BandsKind, ReadsPicturesOfSeveralSizesWithTheirNames) {
  folder.write("a.tif", scene_file(5));
  folder.write("b.tif", scene_file(5, 8, 4));
  names = {"a", "b", "c", "d", "e"};
  const Splits splits = open("a.tif\nb.tif\n\"\"\n");
  const Source& source = splits.train->sources()[0];
  EXPECT_EQ(source.shape, (SourceShape{5, 0, 0}));
  ASSERT_EQ(source.columns.size(), 5u);
  EXPECT_EQ(source.columns[3].name, "d");
  EXPECT_EQ(splits.train->value(1, 0).size(), cv::Size(4, 4));
  EXPECT_FALSE(splits.train->has(2, 0));
  EXPECT_TRUE(splits.train->value(2, 0).empty());

  const Survey found = survey(splits);
  EXPECT_EQ(found.sources[0].present, 2);
  EXPECT_EQ(found.sources[0].smallest, (SourceShape{5, 3, 3}));
  EXPECT_EQ(found.sources[0].largest, (SourceShape{5, 4, 4}));
  EXPECT_EQ(found.sources[0].greatest, 79);
  EXPECT_THAT(found.warnings, Contains("\"scene\": 1 bands are constant and tell nothing: b"));
}

TEST_F(BandsKind, SaysWhichFileDiffersFromTheFirst) {
  folder.write("a.tif", scene_file(5));
  folder.write("four.tif", scene_file(4));
  folder.write("deep.tif", scene_file(5, 16));
  folder.write("torn.tif", cut(scene_file(5), 40));
  EXPECT_EQ(reason("a.tif\nfour.tif\n"),
            path("scenes.csv") + ", line 3: view \"scene\": " + path("four.tif") +
                ": 4 bands where " + path("a.tif") +
                " has 5: all files of a view must have as many (data.unreadable = \"missing\" goes "
                "on without such files)");
  EXPECT_THAT(reason("a.tif\ndeep.tif\n"),
              HasSubstr(path("deep.tif") + ": bands of 16 bits without sign where those of " +
                        path("a.tif") + " are of 8 bits without sign: all files of a view"));
  EXPECT_THAT(reason("a.tif\ntorn.tif\n"), HasSubstr("line 3: view \"scene\": " + path("torn.tif") +
                                                     ": bytes 0 to 39: damaged TIFF data"));
  EXPECT_THAT(reason("a.tif\nabsent.tif\n"), HasSubstr("absent.tif"));
  names = {"a", "b"};
  EXPECT_THAT(reason("a.tif\n"), HasSubstr("5 bands, and names lists 2"));
  names = {"a", "b", "c", "a", "e"};
  EXPECT_EQ(reason("a.tif\n"),
            "view \"scene\": names has the band \"a\" twice: each band has a name of its own");

  names = {};
  const Splits lenient = open("a.tif\nfour.tif\ndeep.tif\n", UnreadableFile::missing);
  EXPECT_FALSE(lenient.train->value(0, 0).empty());
  EXPECT_TRUE(lenient.train->value(1, 0).empty());
  EXPECT_TRUE(lenient.train->value(2, 0).empty());
  EXPECT_EQ(lenient.train->unreadable().size(), 2u);
}

TEST_F(BandsKind, RefusesAPictureWithoutAValue) {
  folder.write("a.npy", npy("<f4", "'shape': (2, 1, 2)",
                            bytes_of<float>({1, 2, 3, std::numeric_limits<float>::quiet_NaN()})));
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  folder.write("empty.npy", npy("<f4", "'shape': (1, 1, 2)", bytes_of<float>({nan, nan})));
  EXPECT_THAT(reason("empty.npy\n"),
              HasSubstr("holds no value: all numbers of its 2 × 1 pixels in 1 bands are NaN or no "
                        "data"));
}

TEST_F(BandsKind, RefusesSourcesThatNoDataSetHas) {
  const auto message = [](const Source& source) {
    return message_of<Error>([&] { descriptor(SourceKind::bands).check(source); });
  };
  EXPECT_EQ(message({.kind = SourceKind::bands, .shape = {6, 0, 0}}), "");
  EXPECT_THAT(message({.kind = SourceKind::bands}), HasSubstr("must have 1 to 64 bands"));
  EXPECT_THAT(message({.kind = SourceKind::bands, .shape = {65, 0, 0}}), HasSubstr("1 to 64"));
  EXPECT_THAT(message({.kind = SourceKind::bands, .shape = {2, 0, 0}, .columns = {{"a"}}}),
              HasSubstr("must all have names, or none"));
  EXPECT_THAT(message({.kind = SourceKind::bands, .shape = {1, 0, 0}, .columns = {{"a", {"x"}}}}),
              HasSubstr("no categories"));
}

}  // namespace
}  // namespace cmc::data
