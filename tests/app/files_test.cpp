#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A run of a few steps in `folder`/run.
std::string small_run(const TemporaryFolder& folder) {
  const std::string recipe = write_series(folder);
  EXPECT_EQ(run(folder.path(), {"train", recipe, "--output", "run"}).status, 0);
  return recipe;
}

TEST(StandardOutput, ThatCantBeWrittenIsAFailure) {
  const TemporaryFolder folder;
  const std::string recipe = small_run(folder);
  const std::vector<std::vector<std::string>> commands = {
      {"recipes"},      {"recipes", "--keys", "--json", "-"},
      {"--version"},    {"--help"},
      {"data", recipe}, {"inspect", "run"}};
  for (const auto& command : commands) {
    const Outcome full = run(folder.path(), command, {.output = "/dev/full"});
    EXPECT_EQ(full.status, 1) << command.front();
    EXPECT_THAT(full.err, HasSubstr("cmc: standard output: can't write to it: No space left"));
    const Outcome closed = run(folder.path(), command, {.output = "closed"});
    EXPECT_EQ(closed.status, 1) << command.front();
    EXPECT_THAT(closed.err, HasSubstr("cmc: standard output: can't write to it: Bad file"));
  }
  // What prints nothing there needs none, and no file takes its place.
  EXPECT_EQ(run(folder.path(), {"train", recipe, "--output", "quiet"}, {.output = "closed"}).status,
            0);
  EXPECT_EQ(bytes_of(folder / "quiet/recipe.toml"), bytes_of(folder / "run/recipe.toml"));
}

TEST(StandardOutput, TakesJsonByItsName) {
  const TemporaryFolder folder;
  small_run(folder);
  const Outcome outcome = run(folder.path(), {"evaluate", "run", "--json", "/dev/stdout"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("[\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\n]\n"));
  EXPECT_THAT(outcome.out, HasSubstr("learned")) << "the table follows";
}

TEST(FullDisk, EndsTrainingInALineAndLeavesNothingHalfWritten) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 100000");
  // Of a size that the metrics outgrow while they are written, and one that no checkpoint fits in.
  for (const rlim_t size : {20000, 2000}) {
    const Outcome outcome =
        run(folder.path(), {"train", recipe, "--output", "run"}, {.file_size = size});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr(": can't write to it: File too large"));
    EXPECT_THAT(files_with(folder.path(), ".tmp"), IsEmpty());
    const std::string metrics = bytes_of(folder / "run/metrics.jsonl");
    EXPECT_TRUE(metrics.empty() || metrics.back() == '\n') << "half a line is left";
    fs::remove_all(folder / "run");
  }
}

TEST(FullDisk, PrintsTheTableThatItCantKeep) {
  const TemporaryFolder folder;
  small_run(folder);
  const std::string before = bytes_of(folder / "run/run.json");
  // Of a size that holds the table, in the file that stands for a terminal here, and not the rest.
  const Outcome outcome = run(folder.path(), {"evaluate", "run"}, {.file_size = 4000});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("run/evaluation.json: can't write to it: File too large"));
  EXPECT_THAT(outcome.out, HasSubstr("Linear probe, accuracy in %"));
  EXPECT_THAT(outcome.out, HasSubstr("Retrieval across views"));
  EXPECT_FALSE(fs::exists(folder / "run/evaluation.json"));
  EXPECT_EQ(bytes_of(folder / "run/run.json"), before);
}

TEST(FullDisk, LeavesNothingOfVectors) {
  const TemporaryFolder folder;
  small_run(folder);
  const Outcome outcome =
      run(folder.path(), {"embed", "run", "--view", "a", "--output", "x.npy"}, {.file_size = 1000});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("x.npy: can't write to it: File too large"));
  EXPECT_THAT(files_with(folder.path(), "x."), IsEmpty());
}

/// Takes the right to write into a folder away.
void seal(const fs::path& folder) {
  fs::permissions(folder, fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                  fs::perm_options::remove);
}

class ReadOnly : public testing::Test {
 protected:
  void SetUp() override {
    small_run(folder_);
    // Readable by the user to whom permissions apply, who has a place of their own.
    fs::permissions(folder_.path(), fs::perms::others_read | fs::perms::others_exec,
                    fs::perm_options::add);
    own_ = folder_ / "own";
    fs::create_directory(own_);
    fs::permissions(own_, fs::perms::all);
    seal(folder_ / "run");
    if (start({"recipes"}).status > 100)
      GTEST_SKIP() << "the program can't be started as another user here";
  }
  void TearDown() override { fs::permissions(folder_ / "run", fs::perms::owner_all); }
  Outcome start(const std::vector<std::string>& arguments) {
    return run(own_, arguments, {.may_write_anything = false});
  }

  TemporaryFolder folder_;
  fs::path own_;
};

TEST_F(ReadOnly, RunIsMeasuredAndPrintedAndSaidNotToBeKept) {
  for (const std::string command : {"evaluate", "information"}) {
    const Outcome outcome = start({command, "../run"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("../run: can't be written (Permission denied)"));
    EXPECT_THAT(outcome.out, Not(IsEmpty()));
  }
}

TEST_F(ReadOnly, RunIsSearched) {
  const Outcome outcome =
      start({"search", "../run", "--query", "0", "--from", "a", "--to", "b", "-k", "2"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("../run: can't be written (Permission denied): the index is"));
  EXPECT_EQ(lines(outcome.out), 3);
}

TEST_F(ReadOnly, RunIsFoundBeforeTheWork) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"finetune", "../run"}, {"train", "--resume", "../run"}}) {
    const Outcome outcome = start(command);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.err, "cmc: ../run: can't be written: Permission denied\n");
  }
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", "../run", "--json", "../run/mine.json"},
        {"export", "../run", "--view", "a", "--format", "onnx"},
        {"report", "../run"}}) {
    const Outcome outcome = start(command);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr(": can't create it: Permission denied\n"));
  }
}

TEST(Vanishing, RunFolderNamesWhatCouldNotBeWritten) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 1000000\ncheckpoint_steps = 1000000");
  Process training(folder.path(), {"train", recipe, "--output", "run"});
  ASSERT_TRUE(
      training.wait_until([&] { return lines(bytes_of(folder / "run/metrics.jsonl")) > 5; }));
  // Moved in one step: while it is removed, file by file, the program may make another.
  fs::rename(folder / "run", folder / "gone");
  const Outcome outcome = training.wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cmc: run/checkpoint-"));
  EXPECT_THAT(outcome.err, HasSubstr(" it: No such file or directory\n"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("filesystem error")));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Vanishing, FileThatIsCutWhileItIsReadIsNamed) {
  const TemporaryFolder folder;
  const auto idx = [](std::uint8_t dimensions, const std::vector<std::uint32_t>& sizes) {
    std::string bytes = {0, 0, 8, static_cast<char>(dimensions)};
    std::size_t count = 1;
    for (const std::uint32_t size : sizes) {
      count *= size;
      for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
    }
    return bytes + std::string(count, '\1');
  };
  for (const std::string part : {"train", "t10k"}) {
    folder.write("pictures/" + part + "-images-idx3-ubyte", idx(3, {2000, 32, 32}));
    folder.write("pictures/" + part + "-labels-idx1-ubyte", idx(1, {2000}));
  }
  const auto recipe = folder.write(
      "pictures.toml",
      "[data]\nroot = \"pictures\"\n[views]\nkind = \"halves\"\n[encoder]\nchannels = "
      "[4]\n[contrast]\nnegatives = \"batch\"\n[train]\nsteps = 1000000\nbatch_size = 8\n");
  Process training(folder.path(), {"train", recipe.string(), "--output", "run"});
  ASSERT_TRUE(training.wait_until([&] {
    return lines(bytes_of(folder / "run/metrics.jsonl")) > 2;
  })) << training.wait().err;
  fs::resize_file(folder / "pictures/train-images-idx3-ubyte", 16);
  const Outcome outcome = training.wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("train-images-idx3-ubyte: the file was cut short"));
}

TEST(Clock, ThatLeapsChangesNothingThatIsLearned) {
  const TemporaryFolder folder;
  const std::string recipe = small_run(folder);
  const World leaping{.environment = {std::string("LD_PRELOAD=") + CMC_LEAPING_CLOCK}};
  const Outcome outcome = run(folder.path(), {"train", recipe, "--output", "leaping"}, leaping);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(bytes_of(folder / "leaping/checkpoint-last.safetensors"),
            bytes_of(folder / "run/checkpoint-last.safetensors"));
  std::istringstream metrics(bytes_of(folder / "leaping/metrics.jsonl"));
  for (std::string line; std::getline(metrics, line);) {
    const double seconds = nlohmann::json::parse(line).value("seconds", 0.0);
    EXPECT_GE(seconds, 0);
    EXPECT_LT(seconds, 3600);
  }
  // TensorBoard reads a run's files in the order of the time in their names.
  const auto events = [&] { return files_with(folder / "leaping", "events.out"); };
  ASSERT_EQ(events().size(), 1u);
  const std::string first = events().front();
  ASSERT_EQ(run(folder.path(), {"train", "--resume", "leaping"}, leaping).status, 0);
  EXPECT_EQ(events().size(), 1u) << "a finished run begins none";
  EXPECT_EQ(events().front(), first);
}

TEST(Links, AreWrittenThrough) {
  const TemporaryFolder folder;
  small_run(folder);
  folder.write("elsewhere/rows.json", "old");
  fs::create_symlink("elsewhere/rows.json", folder / "rows.json");
  EXPECT_EQ(run(folder.path(), {"evaluate", "run", "--json", "rows.json"}).status, 0);
  EXPECT_TRUE(fs::is_symlink(folder / "rows.json"));
  EXPECT_THAT(bytes_of(folder / "elsewhere/rows.json"), StartsWith("["));
}

TEST(Pictures, GoBesideTheRunAndOverNoFile) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder);
  folder.write("data.png", "mine");
  folder.write("views.png", "mine");
  for (const std::string command : {"data", "views"}) {
    const std::string first = "runs/series-" + command + ".png";
    const std::string second = "runs/series-" + command + "-2.png";
    EXPECT_THAT(run(folder.path(), {command, recipe}).out, HasSubstr(first + "\n"));
    const std::string drawn = bytes_of(folder / first);
    EXPECT_THAT(drawn, StartsWith("\x89PNG"));
    EXPECT_THAT(run(folder.path(), {command, recipe, "--samples", "2"}).out,
                HasSubstr(second + "\n"));
    EXPECT_EQ(bytes_of(folder / first), drawn);
    EXPECT_EQ(bytes_of(folder / (command + ".png")), "mine");
    const Outcome taken = run(folder.path(), {command, recipe, "--output", first});
    EXPECT_EQ(taken.status, 2);
    EXPECT_EQ(taken.err, "cmc: " + first + ": exists; --force replaces it\n");
    EXPECT_EQ(run(folder.path(), {command, recipe, "--output", first, "--force", "--samples", "2"})
                  .status,
              0);
    EXPECT_NE(bytes_of(folder / first), drawn);
  }
}

}  // namespace
}  // namespace cmc::app::test
