#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Call, AloneAndByTheWordHelpPrintsTheHelp) {
  const TemporaryFolder folder;
  const std::string help = run(folder.path(), {"--help"}).out;
  EXPECT_THAT(help, HasSubstr("Subcommands:"));
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"help"}}) {
    const Outcome outcome = run(folder.path(), words);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.out, help);
  }
  EXPECT_EQ(run(folder.path(), {"help", "train"}).out, run(folder.path(), {"train", "--help"}).out);
}

TEST(Call, PrintsTheVersionByEitherName) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), {"-V"});
  EXPECT_THAT(outcome.out, StartsWith("cmc "));
  EXPECT_EQ(outcome.out, run(folder.path(), {"--version"}).out);
}

TEST(Call, OffersWhatAPersonMeant) {
  const TemporaryFolder folder;
  const struct {
    std::vector<std::string> call;
    std::string said;
  } cases[] = {
      {{"trian"}, "there is no command \"trian\"; did you mean train?"},
      {{"fit", "x.toml"}, "did you mean train?"},
      {{"diff", "a", "b"}, "did you mean compare?"},
      {{"help", "evalaute"}, "did you mean evaluate?"},
      {{"train", "--ouptut", "x"}, "`cmc train` has no option --ouptut; did you mean --output?"},
      {{"train", "x.toml", "--epochs=5"},
       "`cmc train` has no option --epochs; --set train.epochs=VALUE sets the recipe's key"},
      {{"report", "run", "--out", "x.html"}, "did you mean --output?"},
      {{"inspect", "a", "b"}, "`cmc inspect` has no place for \"b\""},
      {{"recipes", "fashon-mnist"}, "did you mean fashion-mnist?"},
  };
  for (const auto& [call, said] : cases) {
    const Outcome outcome = run(folder.path(), call);
    EXPECT_EQ(outcome.status, 2) << said;
    EXPECT_THAT(outcome.err, HasSubstr(said));
    EXPECT_EQ(lines(outcome.err), 1);
  }
}

TEST(Call, PrintsARecipeThatShipsAsItIs) {
  const TemporaryFolder folder;
  EXPECT_EQ(run(folder.path(), {"recipes", "senses"}).out,
            bytes_of(CMC_SOURCE_DIR "/recipes/senses.toml"));
}

}  // namespace
}  // namespace cmc::app::test
