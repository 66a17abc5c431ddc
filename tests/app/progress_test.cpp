#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

/// What the program writes to a terminal of so many columns.
std::string on_terminal(const std::filesystem::path& folder,
                        const std::vector<std::string>& arguments, unsigned short columns) {
  winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0) ::_exit(125);
    std::string program = CMC_BINARY_DIR "/bin/cmc";
    std::vector<std::string> own = arguments;
    std::vector<char*> words = {program.data()};
    for (std::string& word : own) words.push_back(word.data());
    words.push_back(nullptr);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  std::string output;
  char buffer[4096];
  for (ssize_t n; (n = ::read(terminal, buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<std::size_t>(n));
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << output;
  return output;
}

std::ptrdiff_t letters(const std::string& text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

/// The lines that were drawn over.
std::vector<std::string> drawn(const std::string& output) {
  std::vector<std::string> lines;
  const std::string start = "\r\033[K";
  for (std::size_t at = output.find(start); at != std::string::npos;) {
    at += start.size();
    const std::size_t next = output.find(start, at);
    std::string line = output.substr(at, next - at);
    if (line.find('\n') == std::string::npos && !line.empty()) lines.push_back(line);
    at = next;
  }
  return lines;
}

/// The lines about held-out samples, which stay.
std::vector<std::string> held_out(const std::string& output) {
  std::vector<std::string> lines;
  const std::string start = "\r\033[Kepoch ";
  for (std::size_t at = output.find(start); at != std::string::npos; at = output.find(start, at)) {
    at += 4;
    const std::size_t end = output.find('\r', at);
    if (end != std::string::npos && output.compare(end, 2, "\r\n") == 0)
      lines.push_back(output.substr(at, end - at));
  }
  return lines;
}

class Progress : public testing::TestWithParam<unsigned short> {};

TEST_P(Progress, FitsTheTerminal) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 300");
  const std::string output =
      on_terminal(folder.path(), {"train", recipe, "--output", "run"}, GetParam());
  const std::vector<std::string> lines = drawn(output), kept = held_out(output);
  ASSERT_FALSE(lines.empty());
  ASSERT_FALSE(kept.empty());
  for (const std::string& line : kept) {
    EXPECT_LT(letters(line), GetParam()) << line;
    EXPECT_THAT(line, AnyOf(HasSubstr("bound"), HasSubstr("at least")));
  }
  for (const std::string& line : lines) {
    EXPECT_LT(letters(line), GetParam()) << line;
    EXPECT_THAT(line, HasSubstr("epoch "));
    EXPECT_THAT(line, HasSubstr(" left"));
    if (GetParam() >= 120) {
      EXPECT_THAT(line, HasSubstr("samples/s"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, Progress, testing::Values(45, 80, 120, 160));

TEST(ProgressLine, OfABudgetBelowAnEpochAndAfterResumeTellsItsOwn) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "steps = 3", 64);
  const Outcome below = run(folder.path(), {"train", recipe, "--output", "run"});
  // 48 training samples in batches of 8: 3 steps are half an epoch.
  EXPECT_THAT(below.err, HasSubstr("epoch 0.50/0.50  step 3/3")) << below.err;
  EXPECT_THAT(below.err, HasSubstr("samples/s  0 s left"));
  EXPECT_THAT(below.err, Not(HasSubstr("images/s")));
}

}  // namespace
}  // namespace cmc::app::test
