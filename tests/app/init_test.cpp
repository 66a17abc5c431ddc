#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Init, WritesARecipeThatTrainsAsItIs) {
  const TemporaryFolder folder;
  write_series(folder, "", 48);
  const Outcome drafted =
      run(folder.path(), {"init", "series.csv"}, {.output = (folder / "r.toml").string()});
  ASSERT_EQ(drafted.status, 0) << drafted.err;
  EXPECT_THAT(drafted.err, HasSubstr("data.label = \"label\": by its name"));
  EXPECT_THAT(drafted.err, HasSubstr("data.part = \"part\""));
  // Fewer steps than it says: the recipe is what is tested.
  ASSERT_EQ(run(folder.path(), {"train", "r.toml", "--set", "train.epochs=2"}).status, 0);
  for (const char* const command : {"evaluate", "report"}) {
    const Outcome outcome = run(folder.path(), {command, "runs/r"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }
  ASSERT_EQ(run(folder.path(), {"train", "r.toml", "--set", "train.epochs=1", "--set",
                                "contrast.temperature=0.5", "--output", "runs/warm"})
                .status,
            0);
  const Outcome compared = run(folder.path(), {"compare", "runs/r", "runs/warm", "--html",
                                               "both.html", "--json", "both.json"});
  EXPECT_EQ(compared.status, 0) << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("contrast.temperature  0.1"));
  EXPECT_THAT(bytes_of(folder / "both.html"), HasSubstr("contrast.temperature"));
  EXPECT_EQ(nlohmann::json::parse(bytes_of(folder / "both.json"))["runs"].size(), 2u);
  const Outcome listed = run(folder.path(), {"runs"});
  EXPECT_THAT(listed.out, HasSubstr("runs/warm"));
  EXPECT_EQ(lines(listed.out), 3);
}

TEST(Init, NeverWritesOverAFileUnasked) {
  const TemporaryFolder folder;
  write_series(folder, "", 48);
  folder.write("mine.toml", "mine");
  const std::vector<std::string> call = {"init", "series.csv", "--output", "mine.toml"};
  EXPECT_EQ(run(folder.path(), call).status, 2);
  EXPECT_EQ(bytes_of(folder / "mine.toml"), "mine");
  std::vector<std::string> forced = call;
  forced.emplace_back("--force");
  EXPECT_EQ(run(folder.path(), forced).status, 0);
  EXPECT_THAT(bytes_of(folder / "mine.toml"), HasSubstr("manifest = \"series.csv\""));
  fs::create_directory(folder / "recipes");
  ASSERT_EQ(run(folder.path(), {"init", "series.csv", "--output", "recipes/r.toml"}).status, 0);
  EXPECT_THAT(bytes_of(folder / "recipes/r.toml"), HasSubstr((folder / "series.csv").string()))
      << "a recipe elsewhere names its data from the root";
}

}  // namespace
}  // namespace cmc::app::test
