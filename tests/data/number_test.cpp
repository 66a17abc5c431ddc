#include "cmc/data/number.h"

#include <gtest/gtest.h>

#include <limits>

namespace cmc::data {
namespace {

TEST(Number, ReadsDecimalNotationAlone) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const struct {
    const char* cell;
    std::optional<double> plain, comma;
  } cases[] = {
      {"0", 0, 0},
      {"-2", -2, -2},
      {"+5", 5, 5},
      {"1e5", 1e5, 1e5},
      {"1E-3", 1e-3, 1e-3},
      {"1.5", 1.5, {}},
      {"1,5", {}, 1.5},
      {"-,5e2", {}, -50},
      {"5.", 5, {}},
      {".5", 0.5, {}},
      {"1700000000.125", 1700000000.125, {}},
      {"1e-400", 0, 0},
      {"-1e400", -infinity, -infinity},
      {"inf", infinity, infinity},
      {"-Infinity", -infinity, -infinity},
      {"", {}, {}},
      {"+", {}, {}},
      {"+-5", {}, {}},
      {"--5", {}, {}},
      {"1e", {}, {}},
      {"nan", {}, {}},
      {"0x1f", {}, {}},
      {"1_000", {}, {}},
      {"1 000", {}, {}},
      {" 5 ", {}, {}},
      {"5 %", {}, {}},
      {"1.234,5", {}, {}},
      {"1,234,567", {}, {}},
      {"1.2.3", {}, {}},
      {"True", {}, {}},
  };
  for (const auto& [cell, plain, comma] : cases) {
    EXPECT_EQ(number(cell), plain) << cell;
    EXPECT_EQ(number(cell, ','), comma) << cell;
  }
}

}  // namespace
}  // namespace cmc::data
