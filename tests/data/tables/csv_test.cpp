#include "cmc/data/tables/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The header and the rows, cells separated by "|" and rows by "/".
std::string content(const Rows& rows) {
  std::string text;
  const auto add = [&](const auto& cells) {
    text += text.empty() ? "" : "/";
    for (std::size_t c = 0; c < cells.size(); ++c)
      text += (c > 0 ? "|" : "") + std::string(cells[c]);
  };
  add(rows.columns());
  rows.each([&](std::int64_t index, const Record& record) {
    add(record.cells);
    Record again;
    rows.read(index, again);
    EXPECT_EQ(again.cells, record.cells);
  });
  return text;
}

class CsvTest : public testing::Test {
 protected:
  std::string read(const std::string& name, std::string_view text,
                   const RowsOptions& options = {}) {
    return content(*open_csv(folder.write(name, text), options));
  }

  /// The error without the file's name.
  std::string reason(const std::string& name, std::string_view text,
                     const RowsOptions& options = {}) {
    const auto file = folder.write(name, text);
    const std::string message = message_of<Error>([&] { open_csv(file, options); });
    return message.substr(std::min(file.string().size(), message.size()));
  }

  TemporaryFolder folder;
};

TEST_F(CsvTest, OneParserFindsRowsAndCells) {
  const struct {
    const char *name, *text, *content;
  } cases[] = {
      {"quotes.csv", "\"a\" ,b\r\n\"1, \"\"x\"\"\"\t,\"2\" \r\n", "a|b/1, \"x\"|2"},
      {"breaks.csv", "a,b\n\"1\n2\",\"x\r\ry\"\n\"\",\"\"\"\"\n", "a|b/1\n2|x\r\ry/|\""},
      {"inch.csv", "a,b,c\n1,12\" vinyl,2\n3,7\" or 5\",4\n",
       "a|b|c/1|12\" vinyl|2/3|7\" or 5\"|4"},
      {"inch.tsv", "a\tb\n1\t12\" vinyl\n2\tx\n", "a|b/1|12\" vinyl/2|x"},
      {"column.csv", "photo\na.png\n5\" disc.png\n7\" disc.png\nb.png\n",
       "photo/a.png/5\" disc.png/7\" disc.png/b.png"},
      {"blank_before_quote.csv", "a,b\n1, \"x\"\n", "a|b/1| \"x\""},
      {"blank_lines.csv", "\n  \na,b\n1,dog\n   \n\t\n2,cat\n \t", "a|b/1|dog/2|cat"},
      {"blank_line_in_quotes.csv", "a,b\n1,\"x\n   \ny\"\n", "a|b/1|x\n   \ny"},
      {"empty_cells.csv", "a,b\n,\n", "a|b/|"},
      {"tabs.tsv", "a\tb\tc\n1\t2\t3\n\t\t\n\t\n   \n4\t5\t6\n", "a|b|c/1|2|3/||/4|5|6"},
      {"mac.csv", "a,b\r1,2\r3,4", "a|b/1|2/3|4"},
      {"mixed_ends.csv", "a,b\r\n1,2\n3,4\r\r\n5,6\r", "a|b/1|2/3|4/5|6"},
      {"mark.csv", "\xef\xbb\xbf\"a\",b\n1,2\n", "a|b/1|2"},
      {"only_names.csv", "a,b", "a|b"},
      {"trailing.csv", "a,b,\n1,2,\n", "a|b|/1|2|"},
  };
  for (const auto& each : cases) EXPECT_EQ(read(each.name, each.text), each.content) << each.name;
}

TEST_F(CsvTest, NamesTheLineOfWhatIsNoRow) {
  const std::string due =
      " after a closing quote, where a comma was expected; a quote in a cell is doubled";
  const struct {
    const char *name, *text;
    std::string reason;
  } cases[] = {
      {"b.csv", "a,b\n1,2\n\n\"1\"junk,2\n", ", line 4: \"junk\"" + due},
      {"b.csv", "a,b\n1,\"2\" 3\n", ", line 2: \" 3\"" + due},
      {"b.csv", "a,\"b\"c\n1,2\n", ", line 1: \"c\"" + due},
      {"b.csv", "a,b\n1,\"say \"hi\" twice\"\n", ", line 2: \"hi\" twice\"\"" + due},
      {"b.tsv", "a\tb\n\"1\",\t2\n",
       ", line 2: \",\" after a closing quote, where a tab was expected; a quote in a cell is "
       "doubled"},
      {"b.csv", "a,b\r1,2\r\r\n3,\"x\r4,5\r", ", line 4: a quote opens here and is never closed"},
      {"b.csv", "a,b\n1,2\n\n1,2,3\n", ", line 4: 3 cells; the header names 2 columns"},
      {"b.csv", "a,b\n1, \"x, y\"\n",
       ", line 2: 3 cells; the header names 2 columns; a quote after a space is literal: remove "
       "the space"},
      {"b.csv", "a;b\n1;2\n1;2;3\n",
       ", line 3: 3 cells; the header names 2 columns (separated by \";\")"},
      {"b.csv", "a,b\n1,K\xc3\xa4se\n2,K\xe4se\n",
       ", line 3, byte 15: a character that is not UTF-8; save the file in UTF-8"},
      {"b.csv", "a,b\n1,\xe4\n2,\x81\n",
       ", line 3, byte 10: a character that is not UTF-8; save the file in UTF-8"},
      {"b.csv", "a;b,c\n1;2,3\n",
       ": a comma and \";\" both fit as separators; set data.separator to the right one"},
      {"b.csv", " \n\t\n", ": line 1: the file is empty; a line of column names was expected"},
      {"b.csv", {}, ": line 1: the file is empty; a line of column names was expected"},
  };
  for (const auto& each : cases)
    EXPECT_EQ(reason(each.name, each.text != nullptr ? each.text : ""), each.reason);
  EXPECT_THAT(reason("zero.csv", std::string_view("a,b\n1,\0\n", 8)),
              HasSubstr(": byte 6 is zero: not a text file"));
}

TEST_F(CsvTest, FindsTheSeparatorAndSaysSo) {
  const struct {
    const char *name, *text, *content, *note;
  } cases[] = {
      {"a.csv", "a;b;c\n1;2,5;x\n2;3,5;y\n", "a|b|c/1|2,5|x/2|3,5|y", "separated by \";\""},
      {"a.csv", "a\tb\n1, 2\tx\n", "a|b/1, 2|x", "separated by a tab"},
      {"a.csv", "a|b\n1|2\n", "a|b/1|2", "separated by \"|\""},
      {"a.csv", "a,b\n1;2,3\n", "a|b/1;2|3", ""},
      {"a.csv", "name, first;age\nx;3\n", "name, first|age/x|3", "separated by \";\""},
      {"a.csv", "t;where (lat,lon);c\n1;2,3;x\n", "t|where (lat,lon)|c/1|2,3|x",
       "separated by \";\""},
      {"a.csv", "\"a;x\";b\n\"1;2\";3\n", "a;x|b/1;2|3", "separated by \";\""},
      {"a.csv", "sep=;\r\na;b,c\r\n1;2,3\r\n", "a|b,c/1|2,3", ""},
      {"a.tsv", "a\tb\n1\t2\n", "a|b/1|2", ""},
      {"a.TSV", "a,b\n1,2\n", "a|b/1|2", "separated by a comma"},
      {"a.csv", "x\n1\n", "x/1", ""},
  };
  for (const auto& each : cases) {
    const auto rows = open_csv(folder.write(each.name, each.text));
    EXPECT_EQ(content(*rows), each.content);
    if (*each.note == '\0') {
      EXPECT_THAT(rows->notes(), IsEmpty()) << each.text;
    } else {
      EXPECT_THAT(rows->notes(), ElementsAre(HasSubstr(each.note)));
    }
  }
  EXPECT_EQ(read("a.csv", "a;b,c\n1;2,3\n", {.separator = ";"}), "a|b,c/1|2,3");
  EXPECT_EQ(read("a.csv", "a;b,c\n1;2,3\n", {.separator = ","}), "a;b|c/1;2|3");
  EXPECT_EQ(read("a.csv", "a b\n1 2\n", {.separator = " "}), "a|b/1|2");
  EXPECT_EQ(read("a.csv", "a,x\tb,y\n1,2\t3,4\n", {.separator = "tab"}), "a,x|b,y/1,2|3,4");
  EXPECT_THAT(message_of<Error>([&] { read("a.csv", "a,b\n1,2\n", {.separator = "."}); }),
              HasSubstr("data.separator = \".\""));
  EXPECT_THAT(message_of<Error>([&] { read("a.csv", "a,b\n1,2\n", {.separator = ",,"}); }),
              HasSubstr("one character that occurs in no cell was expected"));
}

TEST_F(CsvTest, ReadsWindows1252WhereNothingIsUtf8) {
  const auto rows = open_csv(folder.write("a.csv", "x,na\xefve\n1,K\xe4se\n2,5 \x80\n"));
  EXPECT_EQ(content(*rows), "x|naïve/1|Käse/2|5 €");
  EXPECT_THAT(rows->notes(), ElementsAre(HasSubstr("read as Windows-1252 (Latin-1), such as "
                                                   "\"naïve\" in line 1")));
}

TEST_F(CsvTest, SaysWhereTheFirstLineLooksLikeData) {
  EXPECT_THAT(open_csv(folder.write("a.csv", "5.1,3.5,iris\n4.9,3.0,iris\n"))->notes(),
              ElementsAre(HasSubstr("look like data, such as \"5.1\"")));
  EXPECT_THAT(open_csv(folder.write("a.csv", "0,1,2\n4.9,3.0,iris\n"))->notes(), IsEmpty());
}

TEST_F(CsvTest, RowsGoOnAcrossBlocks) {
  // Records that end at, before and behind the megabytes that a file is read in.
  std::string text = "a,b\r\n", expected = "a|b";
  for (int i = 0; i < 3000; ++i) {
    const std::string cell(static_cast<std::size_t>(500 + i % 701),
                           static_cast<char>('a' + i % 26));
    text += std::to_string(i) + ",\"" + cell + "\"\"\r\n\"\r\n";
    expected += "/" + std::to_string(i) + "|" + cell + "\"\r\n";
  }
  EXPECT_EQ(read("a.csv", text), expected);
  const auto rows = open_csv(folder.write("a.csv", text));
  EXPECT_THAT(rows->where(2999), HasSubstr(", line 6000"));
}

}  // namespace
}  // namespace cmc::data
