#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;

TEST(JsonOutput, IsAFileBesideWhatIsPrintedOrPrintedInItsPlace) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "run"}).status, 0);
  const struct {
    std::vector<std::string> command;
    std::string table;  ///< a part of what is printed without --json
  } cases[] = {
      {{"recipes"}, "fashion-mnist "},
      {{"recipes", "--keys"}, "contrast.margin "},
      {{"inspect", "run"}, "kind: run"},
      {{"doctor", "run"}, "too few steps  train.epochs"},
      {{"data", recipe, "--output", "sheet.png", "--force"}, " samples to train"},
      {{"information", "run"}, "bits"},
      {{"export", "run", "--view", "a", "--format", "safetensors", "--force"}, "feed: "},
  };
  for (const auto& [command, table] : cases) {
    SCOPED_TRACE(command.front());
    std::vector<std::string> to_file = command, printed = command;
    to_file.insert(to_file.end(), {"--json", "result.json"});
    printed.insert(printed.end(), {"--json", "-"});
    const Outcome beside = run(folder.path(), to_file), in_place = run(folder.path(), printed);
    EXPECT_EQ(beside.status, 0) << beside.err;
    EXPECT_EQ(in_place.status, 0) << in_place.err;
    EXPECT_THAT(beside.out, HasSubstr(table));
    EXPECT_EQ(in_place.out, bytes_of(folder / "result.json"));
    EXPECT_TRUE(nlohmann::json::accept(in_place.out)) << in_place.out;
  }
}

TEST(JsonOutput, ThatCantBeWrittenIsFoundBeforeTheWork) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), {"recipes", "--json", "no-such/rows.json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("no-such/rows.json"));
}

}  // namespace
}  // namespace cmc::app::test
