#include "cmc/data/splits.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

namespace cmc::data {
namespace {

TEST(ClassList, NamesTheFirst) {
  EXPECT_EQ(class_list({}), "no labels");
  EXPECT_EQ(class_list({"cat"}), "1 class: cat");
  EXPECT_EQ(class_list({"a", "b", "c", "d", "e", "f"}), "6 classes: a, b, c, d, e, f");
  EXPECT_EQ(class_list({"a", "b", "c", "d", "e", "f", "g"}), "7 classes: a, b, c, d, e, f, …");
}

// Names that differ in their last letters alone must not be held out together.
TEST(IsHeldOut, TakesAFractionOfNamesAndMoreOfThemAsItGrows) {
  constexpr int names = 20'000;
  for (const double fraction : {0.0, 0.1, 0.5}) {
    int held = 0;
    for (int i = 0; i < names; ++i) {
      const std::string name = fmt::format("photo-{}", i);
      const bool is_held = is_held_out(name, fraction);
      held += is_held;
      EXPECT_TRUE(!is_held || is_held_out(name, fraction + 0.2)) << name;
    }
    const double deviation = std::sqrt(fraction * (1 - fraction) / names);
    EXPECT_NEAR(static_cast<double>(held) / names, fraction, 4 * deviation);
  }
}

}  // namespace
}  // namespace cmc::data
