#include "cmc/files/appended_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

TEST(AppendedFile, KeepsWhatItHolds) {
  const TemporaryFolder folder;
  const auto path = folder.write("log", "one\n");
  AppendedFile(path).write("two\n");
  EXPECT_EQ(bytes_of(path), "one\ntwo\n");
}

TEST(AppendedFile, TakesBackALineThatTheDiskDoesNotHold) {
  const TemporaryFolder folder;
  AppendedFile file(folder / "log");
  file.write("whole\n");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of<Error>([&] { file.write("too long\n"); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, (folder / "log").string() + ": can't write to it: File too large");
  EXPECT_EQ(bytes_of(folder / "log"), "whole\n");
}

}  // namespace
}  // namespace cmc::files
