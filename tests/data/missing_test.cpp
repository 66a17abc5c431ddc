#include "cmc/data/missing.h"

#include <gtest/gtest.h>

namespace cmc::data {
namespace {

TEST(Missing, GoesByWhatAColumnHolds) {
  const Missing by_kind, given({"-9", "unknown"});
  const struct {
    const char* cell;
    bool number, text;
  } cases[] = {
      {"", true, true},        {"nan", true, true},       {"NaN", true, true},
      {"#N/A", true, true},    {"#DIV/0!", true, true},   {"#VALUE!", true, true},
      {"#NAME?", true, true},  {"<NA>", true, true},      {"NaT", true, true},
      {"NA", true, false},     {"N/A", true, false},      {"n/a", true, false},
      {"-nan", true, false},   {"null", true, false},     {"NULL", true, false},
      {"None", true, false},   {"none", true, false},     {"?", true, false},
      {"-", true, false},      {".", true, false},        {"\\N", true, false},
      {"0", false, false},     {"-1", false, false},      {"inf", false, false},
      {"Nauru", false, false}, {"#1", false, false},      {"none of them", false, false},
      {"-9", false, false},    {"unknown", false, false},
  };
  for (const auto& [cell, number, text] : cases) {
    EXPECT_EQ(by_kind.number(cell), number) << cell;
    EXPECT_EQ(by_kind.text(cell), text) << cell;
    EXPECT_EQ(by_kind.is_doubtful(cell), number && !text) << cell;
    const std::string_view mark = cell;
    EXPECT_EQ(given.number(cell), mark.empty() || mark == "-9" || mark == "unknown") << cell;
    EXPECT_EQ(given.text(cell), given.number(cell)) << cell;
    EXPECT_FALSE(given.is_doubtful(cell)) << cell;
  }
}

TEST(Missing, NamesDoubtfulTexts) {
  EXPECT_EQ(
      doubtful_note(Missing(), {"DE", "NA", "None"}, "column \"country\""),
      "column \"country\" holds \"NA\", \"None\": a text like others (data.missing = [\"NA\", "
      "\"None\"] makes it no value)");
  EXPECT_EQ(doubtful_note(Missing(), {"DE"}, "column \"country\""), "");
}

}  // namespace
}  // namespace cmc::data
