#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/data/decode/decode_text.h"
#include "cmc/data/survey.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class TextKind : public testing::Test {
 protected:
  static ManifestOptions options(const std::filesystem::path& manifest, SourceOptions source) {
    source.name = "caption";
    source.kind = SourceKind::text;
    return {.manifest = manifest.string(), .held_out = 0, .sources = {std::move(source)}};
  }
  static std::string text(const Dataset& data, std::int64_t i) { return text_of(data.value(i, 0)); }
  std::string message(const ManifestOptions& of) {
    return message_of<Error>([&] {
      const Splits splits = open_manifest(of);
      for (std::int64_t i = 0; i < splits.train->size(); ++i) splits.train->get(i);
    });
  }

  TemporaryFolder folder;
};

TEST_F(TextKind, StandsInTheCellsOfAManifest) {
  const auto csv = folder.write("a.csv",
                                "id,caption\n1,\" A dog, with\n a \"\"bone\"\" \"\n2,\n3,nan\n"
                                "4,Собака\n5,Собака\n");
  const Splits splits = open_manifest(options(csv, {.column = "caption"}));
  EXPECT_EQ(text(*splits.train, 0), "A dog, with\n a \"bone\"");
  EXPECT_FALSE(splits.train->has(1, 0));
  EXPECT_TRUE(splits.train->get(2).values[0].empty());
  const Survey found = survey(splits);
  EXPECT_THAT(found.sources[0].sorts, ElementsAre(Pair("Cyrillic", 2), Pair("Latin", 1)));
  EXPECT_EQ(found.sources[0].missing, 2);
  EXPECT_EQ(found.sources[0].duplicates, 1);
  EXPECT_EQ(found.sources[0].smallest.width, 6);
  EXPECT_EQ(found.sources[0].largest.width, 21);

  const auto lines =
      folder.write("a.jsonl", "{\"caption\": \"caf\\u00e9\"}\n{\"caption\": null}\n");
  const Splits json = open_manifest(options(lines, {.column = "caption"}));
  EXPECT_EQ(text(*json.train, 0), "caf\u00e9");
  EXPECT_FALSE(json.train->has(1, 0));
}

TEST_F(TextKind, StandsInFilesOfItsOwn) {
  folder.write("texts/a.txt", "A dog.\n\n");
  folder.write("texts/b.txt", "caf\xe9");
  folder.write("texts/c.txt", std::string(10 << 20, 'x'));
  ManifestOptions of = options(folder / "texts/{name}.txt", {.file = "{file}"});
  of.unreadable = UnreadableFile::missing;
  const Splits splits = open_manifest(of);
  EXPECT_EQ(text(*splits.train, 0), "A dog.");
  EXPECT_TRUE(splits.train->get(1).values[0].empty());
  EXPECT_TRUE(splits.train->get(2).values[0].empty());
  const auto unreadable = splits.train->unreadable();
  ASSERT_EQ(unreadable.size(), 2u);
  EXPECT_THAT(unreadable[0].reason, HasSubstr("b.txt: byte 3 of the text, 0xe9, is not UTF-8"));
  EXPECT_THAT(unreadable[1].reason, HasSubstr("c.txt: a text of 10485760 bytes; at most 1048576"));
  of.unreadable = UnreadableFile::error;
  EXPECT_THAT(message(of), HasSubstr("view \"caption\""));
}

TEST_F(TextKind, IsRefusedWhereItIsNotUtf8OrTooLong) {
  const auto latin = folder.write("a.csv", "id,caption\n1,dog\n2,caf\xe9 noir\n");
  EXPECT_THAT(message(options(latin, {.column = "caption"})),
              HasSubstr("a.csv, line 3, byte 22 is not UTF-8, and the texts of a view must be"));
  // What has both is damaged rather than of another encoding.
  const auto both = folder.write("b.csv", "id,caption\n1,\xc3\xa9\n2,caf\xe9\n");
  EXPECT_THAT(message(options(both, {.column = "caption"})),
              HasSubstr("b.csv, line 3, byte 21: a character that is not UTF-8"));
  const auto wide =
      folder.write("c.csv", "id,caption\n1," + std::string(10 << 20, 'x') + "\n2,dog\n");
  EXPECT_THAT(message(options(wide, {.column = "caption"})),
              HasSubstr("c.csv, line 2: view \"caption\": a text of 10485760 bytes"));
  EXPECT_THAT(message(options(wide, {})), HasSubstr("needs either column, which holds it, or"));
}

}  // namespace
}  // namespace cmc::data
