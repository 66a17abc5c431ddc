#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;

TEST(Bench, OfNoDataIsOneLine) {
  const TemporaryFolder folder;
  const struct {
    std::vector<std::string> call;
    std::string said;
  } cases[] = {
      {{"bench", "learn"}, "--data FOLDER"},
      {{"bench", "learn", "--data", "nowhere"}, "nowhere"},
      {{"bench", "learn", "--minutes", "2,0"}, "--minutes"},
      {{"bench", "lern"}, "the nearest is \"learn\""},
  };
  for (const auto& [call, said] : cases) {
    const Outcome outcome = run(folder.path(), call);
    EXPECT_EQ(outcome.status, 2) << said;
    EXPECT_THAT(outcome.err, HasSubstr(said));
    EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
}

}  // namespace
}  // namespace cmc::app::test
