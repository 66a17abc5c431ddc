#include "cmc/data/tables/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

TEST(PathTemplate, FillsInTheCellsOfARow) {
  const TemporaryFolder folder;
  const auto rows = open_rows(folder.write("a.csv", "frame,walk\n 7 ,w1\n,w2\nNaN,w3\n").string());
  struct Case {
    PathTemplate path;
    std::vector<std::string> due;
  };
  const Case cases[] = {
      {PathTemplate::of_column(*rows, "walk", "view \"x\""), {"w1", "w2", "w3"}},
      {PathTemplate::parse(*rows, "{walk}/d{frame}.png", "view \"x\""), {"w1/d7.png", "", ""}},
      {PathTemplate::parse(*rows, "{#2}", "view \"x\""), {"w1", "w2", "w3"}},
      {PathTemplate::parse(*rows, "all.npy", "view \"x\""), {"all.npy", "all.npy", "all.npy"}},
  };
  for (const Case& each : cases) {
    for (std::int64_t row = 0; row < 3; ++row) {
      Record record;
      rows->read(row, record);
      EXPECT_EQ(each.path.fill(record, Missing()), each.due[static_cast<std::size_t>(row)]);
    }
    EXPECT_EQ(each.path.is_fixed(), each.due[0] == "all.npy");
  }
}

TEST(PathTemplate, NamesABraceThatIsNeverClosedAndAColumnThatIsNotThere) {
  const TemporaryFolder folder;
  const auto rows = open_rows(folder.write("a.csv", "frame,walk\n7,w1\n").string());
  const auto message = [&](const char* text) {
    return message_of<Error>([&] { PathTemplate::parse(*rows, text, "view \"x\""); });
  };
  EXPECT_EQ(message("d{frame.png"),
            "view \"x\": file = \"d{frame.png\": the brace at byte 1 is never closed");
  EXPECT_THAT(message("{walks}/a"), ::testing::HasSubstr("the nearest is \"walk\""));
}

}  // namespace
}  // namespace cmc::data
