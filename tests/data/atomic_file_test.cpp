#include "cmc/data/atomic_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST(AtomicFile, ReplacesItsTargetOnlyOnCommit) {
  const TemporaryFolder folder;
  const auto target = folder.write("a.json", "old");
  AtomicFile file(target);
  file.write("new, ");
  EXPECT_EQ(bytes_of(target), "old");
  file.write("whole");
  file.commit();
  EXPECT_EQ(bytes_of(target), "new, whole");
  EXPECT_EQ(files_in(folder.path()), 1);
  EXPECT_THROW(file.write("x"), Error);
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const TemporaryFolder folder;
  const auto target = folder.write("a.json", "old");
  {
    AtomicFile file(target);
    file.write("half");
  }
  EXPECT_EQ(bytes_of(target), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, NamesTheTargetThatItCannotCreate) {
  const TemporaryFolder folder;
  const auto target = folder / "missing" / "a.json";
  const std::string message = message_of<Error>([&] { write_atomically(target, "x"); });
  EXPECT_EQ(message, target.string() + ": can't create it: No such file or directory");
}

TEST(AtomicFile, KeepsTheTargetThatItCannotReplace) {
  const TemporaryFolder folder;
  folder.write("target/inside", "x");  // a folder with content can't be renamed over
  EXPECT_THROW(write_atomically(folder / "target", "text"), Error);
  EXPECT_EQ(bytes_of(folder / "target/inside"), "x");
  EXPECT_EQ(files_in(folder.path()), 1);
}

}  // namespace
}  // namespace cmc::data
