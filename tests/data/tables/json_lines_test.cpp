#include "cmc/data/tables/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class JsonLinesTest : public testing::Test {
 protected:
  /// The columns and the rows, cells separated by "|" and rows by "/".
  std::string read(const std::string& name, const std::string& text) {
    const auto rows = open_json_lines(folder.write(name, text));
    std::string content;
    for (const std::string& column : rows->columns()) content += column + "|";
    rows->each([&](std::int64_t, const Record& record) {
      content += "/";
      for (const std::string_view cell : record.cells) content += std::string(cell) + "|";
    });
    return content;
  }

  std::string reason(const std::string& name, const std::string& text) {
    const auto file = folder.write(name, text);
    const std::string message = message_of<Error>([&] { open_json_lines(file); });
    return message.substr(std::min(file.string().size(), message.size()));
  }

  TemporaryFolder folder;
};

TEST_F(JsonLinesTest, ReadsLinesAndArraysOfObjects) {
  EXPECT_EQ(read("a.jsonl", "{\"a\":1,\"t\":[2,null]}\n{\"t\":[3.5],\"b\":{\"c\":true}}\n"),
            "a|t0|t1|b.c|/1|2|||/|3.5||true|");
  EXPECT_EQ(read("a.jsonl", "\xef\xbb\xbf{\"a\":1}\r\n \t\r\n\r{\"a\":2}"), "a|/1|/2|");
  EXPECT_EQ(read("a.json", " [\n {\"a\":1, \"s\":\"}]\\\"[\"},\n{\"a\":2}, {\"s\":\"\"}\n ]\n"),
            "a|s|/1|}]\"[|/2||/||");
  EXPECT_EQ(read("a.json", "{\"a\":1}\n{\"a\":2}\n"), "a|/1|/2|");
  EXPECT_EQ(read("a.jsonl", "[{\"a\":1},{\"a\":2}]"), "a|/1|/2|");
  const auto rows = open_json_lines(folder.write("a.json", "[{\"a\":1},\n{\"a\":2}]"));
  EXPECT_THAT(rows->where(1), HasSubstr("a.json, line 2, object 2"));
}

TEST_F(JsonLinesTest, TakesPythonsNaNAndInfinity) {
  EXPECT_EQ(
      read("a.jsonl", "{\"a\":NaN,\"s\":\"NaN, Infinity\"}\n{\"a\": [ -Infinity,Infinity ]}\n"),
      "a|s|a0|a1|/NaN|NaN, Infinity|||/||-Infinity|Infinity|");
}

TEST_F(JsonLinesTest, NamesTheLineOfWhatIsNoObject) {
  EXPECT_EQ(
      reason("a.jsonl", "{\"a\":1}\n\n{\"a\":}\n"),
      ", line 3: is not a JSON object: byte 6 of it is wrong; one object a line was expected");
  EXPECT_EQ(
      reason("a.json", "{\n  \"a\": 1\n}\n"),
      ", line 1: is not a JSON object: byte 2 of it is wrong; one object a line was expected");
  EXPECT_EQ(reason("a.jsonl", "{\"a\":1}\n[1]\n"), ", line 2: is not a JSON object");
  EXPECT_EQ(reason("a.json", "[{\"a\":1},\n2]"), ", line 2, object 2: is not a JSON object");
  EXPECT_EQ(reason("a.json", "[{\"a\":1},\n{\"a\":2},\n"),
            ", line 3: the array is never closed; the file is truncated");
  EXPECT_EQ(reason("a.json", "[{\"a\":1},\n{\"a\":2"),
            ", line 2: the array is never closed; the file is truncated");
  EXPECT_EQ(reason("a.json", "[{\"a\":1}]\nx"), ", line 2: text after the array's end");
  EXPECT_THAT(reason("a.json", "{\"a\":{\"0\":1,\"1\":2},\"b\":[3,4]}"),
              StartsWith(": is one object of whole columns"));
  const std::string deep =
      "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}\n";
  EXPECT_EQ(reason("a.jsonl", "{\"a\":1}\n" + deep),
            ", line 2: the key \"a\" is nested more than 64 deep");
  EXPECT_THAT(reason("a.json", "[]"), StartsWith(": line 1: the file is empty"));
}

}  // namespace
}  // namespace cmc::data
