#include "cmc/runs/recipe_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/runs/trained_run.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Another current folder for a scope.
class Inside {
 public:
  explicit Inside(const fs::path& folder) : before_(fs::current_path()) {
    fs::create_directories(folder);
    fs::current_path(folder);
  }
  ~Inside() { fs::current_path(before_); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  fs::path before_;
};

/// A run in proj/a/run that was started in proj/a, of proj/full and of encoders in proj/weights.
RunFolder made(const TemporaryFolder& folder, const std::string& root = "../full") {
  fs::create_directories(folder / "proj/full");
  folder.write("proj/weights/w.safetensors", "w");
  const Inside inside(folder / "proj/a");
  recipe::Recipe recipe;
  recipe.data.root = root;
  recipe.encoder.weights = "../weights/w.safetensors";
  return RunFolder::create("run", recipe, {});
}

TEST(RecipePaths, ARunFindsItsFilesFromAnyFolder) {
  const TemporaryFolder folder;
  made(folder);
  const RunFolder run = RunFolder::open(folder / "proj/a/run");
  EXPECT_EQ(run.recipe().data.root, "../full");  // as it was written
  EXPECT_EQ(run.with_data().data.root, (folder / "proj/full").string());
  EXPECT_EQ(run.with_encoder_files().encoder.weights,
            (folder / "proj/weights/w.safetensors").string());
  // Where it was started, the path is what was typed.
  const Inside inside(folder / "proj/a");
  EXPECT_EQ(RunFolder::open("run").with_data().data.root, "../full");
}

TEST(RecipePaths, ARunThatMovesWithItsDataFindsItAsSeenFromItself) {
  const TemporaryFolder folder;
  made(folder);
  fs::rename(folder / "proj", folder / "moved");
  const RunFolder run = RunFolder::open(folder / "moved/a/run");
  EXPECT_EQ(run.with_data().data.root, fs::canonical(folder / "moved/full").string());
  EXPECT_EQ(run.with_encoder_files().encoder.weights,
            fs::canonical(folder / "moved/weights/w.safetensors").string());
  // Through a link from elsewhere too.
  fs::create_directory_symlink(folder / "moved/a/run", folder / "link");
  EXPECT_EQ(RunFolder::open(folder / "link").with_data().data.root,
            fs::canonical(folder / "moved/full").string());
}

TEST(RecipePaths, WhereTheDataLayComesBeforeWhereItSeemsToLie) {
  const TemporaryFolder folder;
  made(folder);
  fs::create_directories(folder / "copy/full");
  fs::copy(folder / "proj/a", folder / "copy/a", fs::copy_options::recursive);
  EXPECT_EQ(RunFolder::open(folder / "copy/a/run").with_data().data.root,
            (folder / "proj/full").string());
}

TEST(RecipePaths, DataThatIsNowhereIsAskedFor) {
  const TemporaryFolder folder;
  made(folder);
  fs::remove_all(folder / "proj/full");
  const RunFolder run = RunFolder::open(folder / "proj/a/run");
  EXPECT_THAT(message_of<Error>([&] { run.with_data(); }),
              AllOf(HasSubstr("(data.root = \"../full\") is not where it was"),
                    HasSubstr("there is no " + (folder / "proj/full").string() + "; --data PATH")));
  fs::create_directories(folder / "new");
  EXPECT_EQ(run.with_data((folder / "new").string()).data.root, (folder / "new").string());
  EXPECT_THAT(message_of<UsageError>([&] { run.with_data("/nowhere/at/all"); }),
              HasSubstr("--data /nowhere/at/all: there is no such place"));
}

TEST(RecipePaths, ANewPlaceIsKept) {
  const TemporaryFolder folder;
  made(folder);
  fs::rename(folder / "proj/full", folder / "new");
  {
    const Inside inside(folder.path());
    RunFolder run = RunFolder::open("proj/a/run");
    run.move_data("new");
  }
  EXPECT_EQ(RunFolder::open(folder / "proj/a/run").with_data().data.root,
            (folder / "new").string());
}

TEST(RecipePaths, ALinkThatIsTurnedElsewhereIsFollowed) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "disk1");
  fs::create_directories(folder / "proj");
  fs::create_directory_symlink(folder / "disk1", folder / "proj/full");
  made(folder);
  fs::remove(folder / "proj/full");
  fs::rename(folder / "disk1", folder / "disk2");
  fs::create_directory_symlink(folder / "disk2", folder / "proj/full");
  EXPECT_EQ(RunFolder::open(folder / "proj/a/run").with_data().data.root,
            (folder / "proj/full").string());
}

TEST(RecipePaths, DotsBehindALinkAreTheLinksTarget) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "far/deep");
  fs::create_directories(folder / "far/full");
  fs::create_directories(folder / "proj/a");
  fs::create_directory_symlink(folder / "far/deep", folder / "proj/a/link");
  made(folder, "link/../full");  // far/full, and not proj/a/full
  EXPECT_EQ(fs::canonical(RunFolder::open(folder / "proj/a/run").with_data().data.root),
            fs::canonical(folder / "far/full"));
}

TEST(RecipePaths, WhatIsNotInTheCurrentFolderMayBeBesideTheRecipe) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "recipes/full");
  recipe::Recipe recipe;
  recipe.data.root = "full";
  recipe.encoder.weights = "nowhere.safetensors";
  find_beside(recipe, folder / "recipes/small.toml");
  EXPECT_EQ(recipe.data.root, (folder / "recipes/full").string());
  EXPECT_EQ(recipe.encoder.weights, "nowhere.safetensors");
  // The current folder comes first.
  const Inside inside(folder / "here");
  fs::create_directories("full");
  recipe.data.root = "full";
  find_beside(recipe, folder / "recipes/small.toml");
  EXPECT_EQ(recipe.data.root, "full");
}

TEST(RecipePaths, OtherDataIsToldByItsSize) {
  const TemporaryFolder folder;
  made(folder);
  RunFolder run = RunFolder::open(folder / "proj/a/run");
  run.record({{"train_samples", 8}, {"test_samples", 2}});
  folder.write("new/data_batch_1.bin", std::string(10 * 3073, '\1'));
  const data::Splits data = data::open({.root = (folder / "new").string(), .held_out = 0});
  EXPECT_EQ(difference(run, data),
            "the data has 10 samples to train and 0 held out, where the run was trained with 8 and "
            "2: it is other data, or has changed");
  run.record({{"train_samples", 10}, {"test_samples", 0}});
  EXPECT_EQ(difference(run, data), "");
}

struct Place {
  std::string manifest, given, found;
};

TEST(RecipePaths, AManifestIsNamedByItselfOrByItsFolder) {
  const TemporaryFolder folder;
  folder.write("new/walks.csv", "x\n1\n");
  folder.write("new/other.csv", "x\n1\n");
  folder.write("new/cat/rgb_1.png", "");
  const std::string at = (folder / "new").string();
  for (const Place& place :
       std::vector<Place>{{"data/walks.csv", at, at + "/walks.csv"},
                          {"data/walks.csv", at + "/other.csv", at + "/other.csv"},
                          {"nyu/{scene}/rgb_{n}.png", at, at + "/{scene}/rgb_{n}.png"},
                          {"{scene}/rgb_{n}.png", at, at + "/{scene}/rgb_{n}.png"},
                          {"data/walks.csv", at + "/{s}/rgb_{n}.png", at + "/{s}/rgb_{n}.png"}}) {
    recipe::Recipe recipe;
    recipe.data.manifest.manifest = place.manifest;
    take_data(recipe, place.given);
    EXPECT_EQ(recipe.data.manifest.manifest, place.found) << place.manifest;
    EXPECT_EQ(recipe.data.root, "");
  }
  recipe::Recipe recipe;
  recipe.data.manifest.manifest = "data/talks.csv";
  EXPECT_THAT(message_of<UsageError>([&] { take_data(recipe, at); }),
              HasSubstr("there is no talks.csv in it, which is the run's manifest"));
}

TEST(RecipePaths, AManifestOfAnyFormIsFoundAgain) {
  const TemporaryFolder folder;
  folder.write("proj/walks.csv", "x\n1\n");
  folder.write("proj/nyu/cat/rgb_1.png", "");
  for (const char* const manifest : {"../walks.csv", "../nyu/{scene}/rgb_{n}.png"}) {
    recipe::Recipe recipe;
    recipe.data.manifest.manifest = manifest;
    const std::string run = (folder / "proj/a/run").string();
    {
      const Inside inside(folder / "proj/a");
      RunFolder::create("run", recipe, {});
    }
    EXPECT_EQ(RunFolder::open(run).with_data().data.manifest.manifest,
              (folder / "proj").string() + std::string(manifest).substr(2));
    fs::remove_all(run);
  }
}

}  // namespace
}  // namespace cmc::runs
