#include "cmc/files/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "cmc/error.h"
#include "cmc/files/temporary_files.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
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

TEST(AtomicFile, OverwritesWhatAKilledWriterLeftAndNoLivingOnes) {
  const TemporaryFolder folder;
  folder.write(".a.json.0.tmp", "half of what a killed writer wrote");
  AtomicFile first(folder / "a.json"), second(folder / "a.json");
  EXPECT_EQ(files_in(folder.path()), 2) << ".a.json.0.tmp again, and .a.json.1.tmp";
  first.write("first");
  second.write("second");
  second.commit();
  EXPECT_EQ(bytes_of(folder / "a.json"), "second");
  first.commit();
  EXPECT_EQ(bytes_of(folder / "a.json"), "first");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, WritesThroughLinksThatStay) {
  const TemporaryFolder folder;
  folder.write("real/a.json", "old");
  std::filesystem::create_symlink("real/a.json", folder / "near");
  std::filesystem::create_symlink(folder / "near", folder / "far");
  std::filesystem::create_symlink("real/new.json", folder / "dangling");
  write_atomically(folder / "far", "text");
  write_atomically(folder / "dangling", "made");
  EXPECT_EQ(bytes_of(folder / "real/a.json"), "text");
  EXPECT_EQ(bytes_of(folder / "real/new.json"), "made");
  for (const char* const link : {"near", "far", "dangling"})
    EXPECT_TRUE(std::filesystem::is_symlink(folder / link)) << link;
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  EXPECT_EQ(message_of<Error>([&] { write_atomically(folder / "a", "x"); }),
            (folder / "a").string() + ": a chain of symbolic links that doesn't end");
}

TEST(AtomicFile, WritesToDevicesAndPipesAsTheyAre) {
  write_atomically("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(message_of<Error>([] { write_atomically("/dev/full", "x"); }),
            "/dev/full: can't write to it: No space left on device");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  write_atomically("/dev/fd/" + std::to_string(ends[1]), "through");
  char text[8] = {};
  EXPECT_EQ(::read(ends[0], text, sizeof text), 7);
  EXPECT_STREQ(text, "through");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(AtomicFile, RefusesAFolderBeforeTheWork) {
  const TemporaryFolder folder;
  EXPECT_EQ(message_of<Error>([&] { check_writable(folder.path()); }),
            folder.path().string() + ": is a folder; a file was expected");
  EXPECT_EQ(files_in(folder.path()), 0);
}

TEST(TemporaryFiles, AreRemovedUnlessForgottenOrAnothers) {
  const TemporaryFolder folder;
  const auto half = folder.write("half", "x"), whole = folder.write("whole", "x"),
             begun = folder.write("begun", ""), anothers = folder.write("anothers", "x");
  const int lock = ::open(anothers.c_str(), O_WRONLY);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  own_temporary(announce_temporary(half));
  forget_temporary(announce_temporary(whole));
  announce_temporary(begun);
  announce_temporary(anothers);
  remove_temporaries();
  EXPECT_FALSE(std::filesystem::exists(half));
  EXPECT_TRUE(std::filesystem::exists(whole));
  EXPECT_FALSE(std::filesystem::exists(begun))
      << "made, and the process ended before it was locked";
  EXPECT_TRUE(std::filesystem::exists(anothers));
  ::close(lock);
  const AtomicFile file(folder / "a.json");
  remove_temporaries();
  EXPECT_EQ(files_in(folder.path()), 1) << "an open AtomicFile is among them";
}

TEST(TemporaryFiles, AreNotMadeByOtherThreadsAtTheEnd) {
  const TemporaryFolder folder;
  remove_temporaries();
  static const std::filesystem::path late = folder / "late";  // the thread never ends
  std::thread([] { write_atomically(late, "x"); }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(files_in(folder.path()), 0);
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
}  // namespace cmc::files
