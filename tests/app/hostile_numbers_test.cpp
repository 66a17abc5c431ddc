#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// Repeats a text.
std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Numbers, OfARecipeHaveAnUpperBound) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  for (const std::string key : {"train.epochs", "train.steps", "train.batch_size", "train.workers",
                                "train.prefetch", "contrast.k", "encoder.embedding_dim"}) {
    const Outcome outcome = run(
        folder.path(), {"train", recipe, "--output", "run", "--set", key + "=4611686018427387904"});
    EXPECT_EQ(outcome.status, 2) << key << outcome.err;
    EXPECT_THAT(outcome.err,
                HasSubstr("--set " + key + " = 4611686018427387904 is out of range: it must be"));
    EXPECT_EQ(lines(outcome.err), 1);
    EXPECT_FALSE(fs::exists(folder / "run"));
  }
  // A seed is no count.
  EXPECT_EQ(run(folder.path(), {"train", recipe, "--output", "run", "--set",
                                "seed=9223372036854775807", "--set", "train.steps=1"})
                .status,
            0);
}

TEST(Nesting, OfAnyJsonHasALimit) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "run"}).status, 0);
  ASSERT_EQ(run(folder.path(), {"evaluate", "run"}).status, 0);
  ASSERT_EQ(run(folder.path(), {"information", "run"}).status, 0);
  const std::vector<std::string> search = {"search", "run", "--query", "0",
                                           "--from", "a",   "--to",    "b"};
  ASSERT_EQ(run(folder.path(), search).status, 0);
  const std::string deep =
      "{\"step\": 1, \"a\": " + times(100000, "[") + times(100000, "]") + "}\n";
  struct Case {
    std::string file;
    std::vector<std::string> command;
  };
  for (const Case& each :
       {Case{"run/run.json", {"inspect", "run"}}, Case{"run/run.json", {"report", "run"}},
        Case{"run/fitted.json", {"evaluate", "run"}},
        Case{"run/evaluation.json", {"report", "run"}},
        Case{"run/information.json", {"report", "run"}}}) {
    const std::string before = bytes_of(folder / each.file);
    std::ofstream(folder / each.file) << deep;
    const Outcome outcome = run(folder.path(), each.command);
    EXPECT_EQ(outcome.status, 1) << each.file;
    EXPECT_THAT(outcome.err, HasSubstr(each.file + ": byte 1"));
    EXPECT_THAT(outcome.err, HasSubstr("nested deeper than 100 levels"));
    EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
    std::ofstream(folder / each.file) << before;
  }
  // A manifest of JSON lines is as foreign.
  std::ofstream(folder / "deep.jsonl") << deep;
  const Outcome outcome = run(folder.path(), {"data", recipe, "--set", "data.manifest=deep.jsonl"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("deep.jsonl, line 1: the key \"a\" is nested more than 64 deep"));
  // The note of an index that is none makes the index anew.
  const fs::path note = folder / "run/search-b-exact.faiss.json";
  const std::string before = bytes_of(note);
  std::ofstream(note) << deep;
  EXPECT_EQ(run(folder.path(), search).status, 0);
  EXPECT_EQ(bytes_of(note), before);
}

TEST(Nesting, OfARecipeHasALimit) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  const std::string dotted = "a" + times(100000, ".a");
  folder.write("tables.toml", "# " + times(50, "…. ") + "\n[" + dotted + "]\nx = 1\n");
  folder.write("keys.toml", "name = \"x\"\n" + dotted + " = 1\n");
  folder.write("lists.toml", "name = " + times(100000, "[") + times(100000, "]") + "\n");
  for (const auto& [file, line] :
       {std::pair("tables.toml", 2), {"keys.toml", 2}, {"lists.toml", 1}}) {
    const Outcome outcome = run(folder.path(), {"train", file});
    EXPECT_EQ(outcome.status, 2) << file;
    EXPECT_THAT(outcome.err, HasSubstr(fmt::format("{}, line {}: ", file, line)));
  }
  const Outcome outcome =
      run(folder.path(), {"train", recipe, "--set", dotted.substr(0, 20001) + "=1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("more than 20 dots"));
  EXPECT_LT(outcome.err.size(), 300u);
  EXPECT_THAT(
      run(folder.path(), {"train", recipe, "--set", "train={" + dotted.substr(0, 20001) + "=1}"})
          .err,
      HasSubstr("--set, line 1: more than 20 dots"));
}

TEST(RunFiles, AreNamedWhereTheyAreNotAsTheyShouldBe) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  ASSERT_EQ(run(folder.path(), {"train", recipe, "--output", "run"}).status, 0);
  for (const std::string& text :
       {std::string("{\"format\": \"one\"}"), std::string("[1, 2]"), std::string("{\"format\": 1,"),
        std::string("{\"environment\": 3}"), std::string("{\"finished\": \"yes\"}")}) {
    std::ofstream(folder / "run/run.json") << text;
    for (const std::string command : {"inspect", "report", "evaluate"}) {
      const Outcome outcome = run(folder.path(), {command, "run"});
      EXPECT_EQ(outcome.status, 1) << command << text;
      EXPECT_THAT(outcome.err, HasSubstr("run/run.json")) << text;
      EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
    }
  }
}

TEST(Memory, ThatIsNotThereIsALine) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  // 10¹² weights, whatever the machine.
  const Outcome outcome = run(folder.path(), {"train", recipe, "--output", "run", "--set",
                                              "encoder.widths=[1000000, 1000000]"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cmc: there is not enough memory: you tried to allocate "
                                     "4000000000000 bytes\n"));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Memory, LimitIsMetByALineWhereverItStrikes) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer takes terabytes of the address space for itself";
#endif
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  // From less than the libraries take to more than training does.
  for (const rlim_t mebibytes : {300, 700, 1000, 1100, 1200, 1400}) {
    const Outcome outcome =
        run(folder.path(), {"train", recipe, "--output", fmt::format("run{}", mebibytes)},
            {.memory = mebibytes << 20});
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 1)
        << mebibytes << " MiB: " << outcome.status << ": " << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("terminate called")));
    if (outcome.status == 1) {
      EXPECT_THAT(outcome.err, Not(testing::IsEmpty()));
    }
    if (mebibytes <= 1000) {
      EXPECT_THAT(outcome.err, HasSubstr("cmc: there is not enough memory: the limit of its"));
    }
  }
  EXPECT_THAT(files_with(folder.path(), ".tmp"), testing::IsEmpty());
}

}  // namespace
}  // namespace cmc::app::test
