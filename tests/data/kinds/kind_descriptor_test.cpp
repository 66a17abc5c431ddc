#include "cmc/data/kinds/kind_descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <set>

#include "cmc/error.h"
#include "tests/files/wav_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

TEST(KindDescriptor, EachKindHasOneUnderANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const SourceKind kind : every_source_kind) {
    const KindDescriptor& own = descriptor(kind);
    EXPECT_TRUE(names.insert(own.name).second) << own.name;
    EXPECT_EQ(source_kind(own.name), kind);
    EXPECT_EQ(name(kind), own.name);
    EXPECT_EQ(own.declare({.name = "s", .kind = kind}).kind, kind) << own.name;
    EXPECT_EQ(own.declare({.name = "s", .kind = kind}).name, "s") << own.name;
    EXPECT_NE(own.check, nullptr) << own.name;
    EXPECT_NE(own.size, nullptr) << own.name;
  }
  EXPECT_THAT(message_of<Error>([] { source_kind("picture"); }),
              HasSubstr("it must be one of image, depth, audio, table, array"));
}

TEST(KindDescriptor, SaysHowLargeAValueIs) {
  struct Case {
    Source source;
    SourceShape value;
    const char* due;
  };
  const Case cases[] = {
      {{.kind = SourceKind::image}, {3, 32, 24}, "3×32×24"},
      {{.kind = SourceKind::audio, .rate = 8000}, {1, 1, 12000}, "1.50 s"},
      {{.kind = SourceKind::table}, {1, 1, 12}, "12 columns"},
      {{.kind = SourceKind::array}, {1, 1, 7}, "1×1×7"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(descriptor(each.source.kind).size(each.source, each.value), each.due);
}

TEST(KindDescriptor, RefusesSourcesThatNoDataSetHas) {
  struct Case {
    Source source;
    const char* message;  // empty: it may be
  };
  const Case cases[] = {
      {{.kind = SourceKind::image}, ""},
      {{.kind = SourceKind::image, .columns = {{"a"}}}, "it has columns"},
      {{.kind = SourceKind::audio, .rate = 0}, "its rate must be within"},
      {{.kind = SourceKind::audio, .rate = 8000}, ""},
      {{.kind = SourceKind::array, .shape = {1, 0, 3}}, "must be 1 or more"},
      {{.kind = SourceKind::table}, "one or more"},
      {{.kind = SourceKind::table, .shape = {2, 1, 1}, .columns = {{"a", {"x"}}, {"b"}}},
       "must stand first"},
      {{.kind = SourceKind::table, .shape = {1, 1, 1}, .columns = {{"a", {"y", "x"}}}},
       "sorted and differ"},
      {{.kind = SourceKind::table, .shape = {1, 1, 1}, .columns = {{"a", {"x", "y"}}}}, ""},
      {{.kind = SourceKind::series}, "as many as their names, one or more"},
      {{.kind = SourceKind::series, .shape = {1, 1, 0}, .columns = {{"a", {"x"}}}},
       "has no categories"},
      {{.kind = SourceKind::series, .shape = {1, 1, 0}, .columns = {{"a"}}}, ""},
  };
  for (const Case& each : cases) {
    const std::string found =
        message_of<Error>([&] { descriptor(each.source.kind).check(each.source); });
    EXPECT_THAT(found, HasSubstr(each.message));
    EXPECT_EQ(found.empty(), std::string(each.message).empty()) << found;
  }
}

TEST(KindDescriptor, LaysOutNumbersByChannels) {
  const Source table{
      .kind = SourceKind::table, .shape = {3, 1, 1}, .columns = {{"a"}, {"b"}, {"c", {"x"}}}};
  const Source array{.kind = SourceKind::array, .shape = {2, 3, 4}};
  EXPECT_EQ(number_layout(table).channels, 2u);
  EXPECT_EQ(number_layout(table).each, 1u);
  EXPECT_EQ(number_layout(array).channels, 2u);
  EXPECT_EQ(number_layout(array).each, 12u);
  EXPECT_FALSE(holds_numbers({.kind = SourceKind::depth}));
  EXPECT_THROW(number_layout({.kind = SourceKind::depth}), Error);
}

TEST(KindDescriptor, FindsClippedAndSilentRecordings) {
  const auto found = [](const std::vector<float>& sound) {
    std::vector<bool> has;
    for (const Defect& defect : audio_kind.defects)
      has.push_back(defect.has(cv::Mat(sound, true).reshape(1, 1)));
    return has;
  };
  EXPECT_EQ(found({0.1f, 1, 1, 1, 1, 0.2f}), (std::vector<bool>{true, false}));
  EXPECT_EQ(found({0.1f, 1, 1, 1, 0.9f, 1}), (std::vector<bool>{false, false}));
  EXPECT_EQ(found({32767.0f / 32768, -1, 1, -1}), (std::vector<bool>{true, false}));
  EXPECT_EQ(found({0, 0, 0}), (std::vector<bool>{false, true}));
}

TEST(ReadValue, ReadsAFileAsItsKindSays) {
  const TemporaryFolder folder;
  const auto sound = folder.write("a.wav", wav({100, 200, 300}, 1, 8000));
  EXPECT_EQ(read_value(sound, {.kind = SourceKind::audio, .rate = 16000}).cols, 6);
  EXPECT_THROW(read_value(sound, {.kind = SourceKind::image}), UnreadableError);
  EXPECT_THROW(read_value(folder / "none.png", {.kind = SourceKind::depth}), UnreadableError);
  EXPECT_THAT(message_of<Error>([&] { read_value(sound, {.kind = SourceKind::table}); }),
              HasSubstr("a row of a table has no file of its own"));
}

}  // namespace
}  // namespace cmc::data
