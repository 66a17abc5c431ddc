#include "cmc/data/tables/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "cmc/data/tables/csv.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DecimalTest : public testing::Test {
 protected:
  Decimal found(const std::string& text, const RowsOptions& options = {}) {
    return find_decimal(*open_csv(folder.write("a.csv", text), options),
                        std::array<std::size_t, 1>{1}, Missing());
  }
  std::string reason(const std::string& text) {
    return message_of<Error>([&] { found(text); });
  }

  TemporaryFolder folder;
};

TEST_F(DecimalTest, IsWhatNumbersHave) {
  EXPECT_EQ(found("i;x\n1,5;2\n2,5;3\n").mark, '.');  // in another column
  EXPECT_EQ(found("i;x\n1;2,25\n2;NA\n3;1,234\n").mark, ',');
  EXPECT_EQ(found("i;x\n1;0,123\n").mark, ',');
  EXPECT_EQ(found("i;x\n1;2.25\n2;1.234\n").mark, '.');
  EXPECT_EQ(found("i,x\n1,\"2,25\"\n").mark, ',');
  EXPECT_EQ(found("i,x\n1,2.25\n").mark, '.');
  EXPECT_EQ(found("i\tx\n1\t-1,5e3\n").mark, ',');
  EXPECT_EQ(found("i;x\n1;1,234\n", {.decimal = ','}).mark, ',');
  EXPECT_THAT(
      found("i;x\n1;2,25\n").notes,
      ElementsAre(HasSubstr("a.csv, line 2: column \"x\": \"2,25\" is a number with a decimal "
                            "comma")));
  EXPECT_THAT(found("i;x\n1;2.25\n").notes, IsEmpty());
  EXPECT_THAT(found("i;x\n1;1.234\n2;2.500\n").notes,
              ElementsAre(HasSubstr("\"1.234\" is read with a decimal point")));
}

TEST_F(DecimalTest, IsNeverGuessed) {
  EXPECT_THAT(
      reason("i;x\n1;2,25\n2;2.5\n"),
      HasSubstr("line 2: column \"x\": \"2,25\" has a decimal comma, or thousands set apart; "
                "\"2.5\""));
  EXPECT_THAT(reason("i;x\n1;1,234\n2;12,345,678\n"), HasSubstr("data.decimal = \",\""));
  EXPECT_THAT(reason("i,x\n1,\"1,234\"\n"), HasSubstr("data.decimal = \",\""));
}

TEST(NumberExpected, SaysWhatWouldBeRight) {
  const struct {
    const char* cell;
    char decimal;
    const char* hint;
  } cases[] = {
      {"tall", '.', ""},
      {"1,5", '.', "; data.decimal = \",\" reads decimal commas of CSV"},
      {"1.5", ',', "; its file has decimal commas (data.decimal)"},
      {"1.234,5", ',', "; write it without thousands separators"},
      {"1,234.5", '.', "; write it without thousands separators"},
      {"1,234,567", '.', "; write it without thousands separators"},
      {"1 234,5", ',', "; write it without spaces, units and other characters"},
      {"5 %", '.', "; write it without spaces, units and other characters"},
      {"1_000", '.', "; write it without spaces, units and other characters"},
  };
  for (const auto& [cell, decimal, hint] : cases)
    EXPECT_EQ(number_expected(cell, decimal),
              std::string("\"") + cell + "\" where a number was expected" + hint);
}

}  // namespace
}  // namespace cmc::data
