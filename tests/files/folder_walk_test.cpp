#include "cmc/files/folder_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FolderWalk, FindsImagesByTheirEndingsAndCountsTheRest) {
  const TemporaryFolder folder;
  for (const char* const name :
       {"a.JPG",        "b/b.jpeg",    "b/c.png",   "b/d.webp",  "e.tif",     "e.TIFF",
        "f.gif",        "g.bmp",       "h.jfif",    "x.txt",     "y.TXT",     "b/z.heic",
        "none",         ".hidden.png", "b/._c.png", ".DS_Store", "Thumbs.db", "__MACOSX/b/c.png",
        "@eaDir/a.jpg", ".git/x.png"})
    folder.write(name, "");
  const FolderWalk walk = walk_folder(folder.path());
  EXPECT_THAT(walk.files, ElementsAre("a.JPG", "b/b.jpeg", "b/c.png", "b/d.webp", "e.TIFF", "e.tif",
                                      "f.gif", "g.bmp", "h.jfif"));
  EXPECT_THAT(walk.notes(),
              ElementsAre("passed over (no pictures by their names): 6 hidden, 2 .txt, 1 "
                          ".db, 1 .heic, 1 without an ending"));
  EXPECT_TRUE(holds_images(folder.path()));
  fs::create_directories(folder / "b/empty");
  EXPECT_FALSE(holds_images(folder / "b/empty"));
}

TEST(FolderWalk, WalksNoFolderTwice) {
  const TemporaryFolder folder;
  folder.write("set/cat/1.png", "");
  folder.write("set/dog/1.png", "");
  folder.write("outside/2.png", "");
  folder.write("beside.png", "");
  fs::create_directory_symlink("..", folder / "set/cat/loop");
  fs::create_directory_symlink("../dog", folder / "set/cat/again");
  fs::create_directory_symlink("../../outside", folder / "set/cat/link");
  fs::create_directory_symlink("../outside", folder / "set/zebra");
  fs::create_directory_symlink(".", folder / "set/self");
  fs::create_directory_symlink(folder.path(), folder / "set/above");
  const FolderWalk walk = walk_folder(folder / "set");
  EXPECT_THAT(walk.files, ElementsAre("cat/1.png", "cat/link/2.png", "dog/1.png"));
  EXPECT_THAT(walk.repeated, ElementsAre("above", "cat/again", "cat/loop", "self", "zebra"));
  EXPECT_THAT(walk.notes(), ElementsAre("passed over: 5 links to folders that are read already, "
                                        "such as above"));
}

TEST(FolderWalk, FollowsLinksToFoldersAndFiles) {
  const TemporaryFolder folder;
  folder.write("pool/1.png", "");
  fs::create_directories(folder / "set/cat");
  fs::create_directory_symlink("../pool", folder / "set/dog");
  fs::create_symlink("../../pool/1.png", folder / "set/cat/one.png");
  fs::create_symlink("nowhere", folder / "set/cat/two.png");
  const FolderWalk walk = walk_folder(folder / "set");
  EXPECT_THAT(walk.files, ElementsAre("cat/one.png", "cat/two.png", "dog/1.png"));
  EXPECT_THAT(walk.notes(), IsEmpty());
}

}  // namespace
}  // namespace cmc::files
