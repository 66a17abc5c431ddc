#include "cmc/data/tables/test_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cmc/data/splits.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

TEST(IsHeldPart, KnowsTheNamesOfPartsInAnyCase) {
  for (const char* const name : {"test", "Testing", "val", "VALID", "validation", "dev"})
    EXPECT_EQ(is_held_part(name), true) << name;
  for (const char* const name : {"train", "Training"}) EXPECT_EQ(is_held_part(name), false) << name;
  for (const char* const name : {"", "tests", "trainer", "unlabelled"})
    EXPECT_EQ(is_held_part(name), std::nullopt) << name;
}

class TestPart : public testing::Test {
 protected:
  std::vector<bool> by(const ManifestOptions& options, std::optional<std::size_t> key = 0,
                       std::optional<std::size_t> group = 1) const {
    return test_part(*rows, options, Missing(), key, group);
  }

  TemporaryFolder folder;
  std::shared_ptr<const Rows> rows = open_rows(folder
                                                   .write("a.csv",
                                                          "id,walk,part\n"
                                                          "a,w1,train\n"
                                                          "b,w1,Test\n"
                                                          "c,w2,train\n"
                                                          "d,w2,dev\n"
                                                          "e,,train\n")
                                                   .string());
};

TEST_F(TestPart, IsChosenByAColumn) {
  EXPECT_EQ(by({.part = "part"}), (std::vector<bool>{false, true, false, true, false}));
  EXPECT_THAT(message_of<Error>([&] { by({.part = "walk"}); }),
              HasSubstr("a.csv, line 2: the part (column \"walk\") is \"w1\""));
}

TEST_F(TestPart, IsChosenByGroups) {
  EXPECT_EQ(by({.split_by = "walk", .test_groups = {"w2", "e"}}),
            (std::vector<bool>{false, false, true, true, true}));
  EXPECT_THAT(message_of<Error>([&] { by({.split_by = "walk", .test_groups = {"w3"}}); }),
              HasSubstr("names \"w3\", which does not occur in the column \"walk\""));
  EXPECT_THAT(message_of<Error>([&] { by({.test_groups = {"w1"}}, 0, std::nullopt); }),
              HasSubstr("data.split_by must name their column"));
}

TEST_F(TestPart, IsChosenByTheHashOfNames) {
  const std::vector<bool> found = by({.held_out = 0.5}, 0, std::nullopt);
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(found[i], is_held_out(names[i], 0.5)) << names[i];
  const std::vector<bool> rows_by_number = by({.held_out = 0.5}, std::nullopt, std::nullopt);
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(rows_by_number[i], is_held_out(fmt::format("row {}", i + 1), 0.5)) << i;
}

TEST_F(TestPart, TakesWholeGroupsUntilThereAreEnoughSamples) {
  for (std::int64_t samples = 1; samples <= 5; ++samples) {
    const std::vector<bool> test = by({.test_samples = samples});
    EXPECT_EQ(test[0], test[1]) << samples;
    EXPECT_EQ(test[2], test[3]) << samples;
    const auto count = std::ranges::count(test, true);
    EXPECT_GE(count, samples);
    EXPECT_LE(count, samples + 1);
  }
  EXPECT_EQ(std::ranges::count(by({.test_samples = 2}, 0, std::nullopt), true), 2);
}

}  // namespace
}  // namespace cmc::data
