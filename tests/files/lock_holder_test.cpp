#include "cmc/files/lock_holder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "cmc/files/lock_file.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

TEST(LockHolder, IsNamedWhileItHoldsTheLock) {
  const TemporaryFolder folder;
  EXPECT_EQ(lock_holder(folder / ".lock"), "");
  EXPECT_FALSE(std::filesystem::exists(folder / ".lock"));
  std::optional<LockFile> lock(folder / ".lock");
  EXPECT_TRUE(lock_holder(folder / ".lock").starts_with(fmt::format("process {} (", ::getpid())));
  lock.reset();
  EXPECT_EQ(lock_holder(folder / ".lock"), "") << "what a holder left is no lock";
  EXPECT_TRUE(LockFile(folder / ".lock").held()) << "looking leaves none";
}

}  // namespace
}  // namespace cmc::files
