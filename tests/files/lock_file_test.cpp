#include "cmc/files/lock_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

TEST(LockFile, IsHeldOnceAndNamesItsHolder) {
  const TemporaryFolder folder;
  std::optional<LockFile> first(folder / ".lock");
  EXPECT_TRUE(first->held());
  EXPECT_EQ(first->unwritable(), "");
  const std::string message = message_of<Error>([&] { LockFile(folder / ".lock"); });
  EXPECT_TRUE(message.starts_with(
      fmt::format("{}: process {} (files_test", folder.path().string(), ::getpid())))
      << message;
  EXPECT_TRUE(message.ends_with(" is writing there; wait until it has ended, or end it"));
  first.reset();
  EXPECT_TRUE(LockFile(folder / ".lock").held()) << "what a holder left is no lock";
}

TEST(LockFile, OfWhatWasRemovedHoldsNoOther) {
  const TemporaryFolder folder;
  LockFile first(folder / ".lock");
  first.remove();
  const LockFile second(folder / ".lock");
  EXPECT_TRUE(second.held());
}

TEST(LockFile, SaysWhyItCantBeWritten) {
  const TemporaryFolder folder;
  const LockFile lock(folder / "missing" / ".lock");
  EXPECT_FALSE(lock.held());
  EXPECT_EQ(lock.unwritable(), "No such file or directory");
}

}  // namespace
}  // namespace cmc::files
