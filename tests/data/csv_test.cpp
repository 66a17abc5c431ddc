#include "cmc/data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;

TEST(Csv, TakesSpacesBehindAClosingQuoteButNoText) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "\"a\" ,b\r\n\"1, \"\"x\"\"\"\t,\"2\" \r\n");
  const std::shared_ptr<const Rows> rows = open_csv(path);
  EXPECT_THAT(rows->columns(), ElementsAre("a", "b"));
  Record record;
  rows->read(0, record);
  EXPECT_THAT(record.cells, ElementsAre("1, \"x\"", "2"));

  const auto reason = [&](const char* name, const char* text) {
    const auto file = folder.write(name, text);
    const std::string message = message_of<Error>([&] { open_csv(file); });
    return message.substr(std::min(file.string().size(), message.size()));
  };
  const std::string due =
      " behind a closing quote, where a comma is due; a quote in a cell is "
      "doubled";
  EXPECT_EQ(reason("b.csv", "a,b\n1,2\n\n\"1\"junk,2\n"), ", line 4: \"junk\"" + due);
  EXPECT_EQ(reason("b.csv", "a,b\n1,\"2\" 3\n"), ", line 2: \" 3\"" + due);
  EXPECT_EQ(reason("b.csv", "a,\"b\"c\n1,2\n"), ", line 1: \"c\"" + due);
  EXPECT_EQ(reason("b.csv", "a,b\n1,\"say \"hi\" twice\"\n"), ", line 2: \"hi\" twice\"\"" + due);
  EXPECT_EQ(reason("b.tsv", "a\tb\n\"1\",\t2\n"),
            ", line 2: \",\" behind a closing quote, where a tab is due; a quote in a cell is "
            "doubled");
}

TEST(Csv, ALineOfTabsIsARowOfEmptyCells) {
  const TemporaryFolder folder;
  const auto rows = open_csv(folder.write("a.tsv", "a\tb\tc\n1\t2\t3\n\t\t\n\n4\t5\t6\n"));
  ASSERT_EQ(rows->size(), 3);
  Record record;
  rows->read(1, record);
  EXPECT_THAT(record.cells, ElementsAre("", "", ""));
}

TEST(Csv, NamesTheLineThatIsNoUtf8) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "a,b\n1,K\xc3\xa4se\n2,K\xe4se\n");
  EXPECT_EQ(message_of<Error>([&] { open_csv(path); }),
            path.string() + ", line 3: a letter that is not UTF-8; save the file in this encoding");
}

}  // namespace
}  // namespace cmc::data
