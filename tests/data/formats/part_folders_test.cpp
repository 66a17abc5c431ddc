#include "cmc/data/formats/part_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Paths = std::vector<std::string>;

PartFolders parts_of(Paths pictures) {
  std::ranges::sort(pictures);
  return find_parts("ROOT", pictures);
}

std::string refusal(const Paths& pictures) {
  return message_of<Error>([&] { parts_of(pictures); });
}

TEST(PartFolders, KnowsTheUsualNamesInAnyCase) {
  struct Case {
    Paths pictures;
    std::string train;
    Paths held_out;
  };
  const Case cases[] = {
      {{"train/cat/1", "valid/cat/1", "test/cat/1"}, "train", {"test", "valid"}},
      {{"Train/cat/1", "Test/cat/1"}, "Train", {"Test"}},
      {{"TRAINING/cat/1", "Testing/cat/1", "Validation/dog/1"},
       "TRAINING",
       {"Testing", "Validation"}},
      {{"train/cat/1", "dev/cat/1"}, "train", {"dev"}},
      {{"train/cat/1", "val/cat/1"}, "train", {"val"}},
      {{"train/cat/1"}, "train", {}},
      {{"train2017/1", "val2017/1", "test2017/1"}, "train2017", {"test2017", "val2017"}},
      {{"training_set/cat/1", "test_set/cat/1"}, "training_set", {"test_set"}},
      {{"trainset/cat/1", "testset/cat/1"}, "trainset", {"testset"}},
      {{"train-images/1", "TestImages/1"}, "train-images", {"TestImages"}},
      {{"trainval/cat/1", "test/cat/1"}, "trainval", {"test"}},
      {{"train_val/cat/1", "test/cat/1"}, "train_val", {"test"}},
      {{"seg_train/cat/1", "seg_test/cat/1"}, "seg_train", {"seg_test"}},
      // Kaggle's cats and dogs.
      {{"train/cat.0", "train/dog.0", "test1/1"}, "train", {"test1"}},
  };
  for (const Case& each : cases) {
    const PartFolders found = parts_of(each.pictures);
    EXPECT_EQ(found.train, each.train) << each.pictures[0];
    EXPECT_EQ(found.held_out, each.held_out) << each.pictures[0];
    EXPECT_THAT(found.notes, IsEmpty()) << each.pictures[0];
  }
}

TEST(PartFolders, StepsIntoFoldersThatSayNoClass) {
  struct Case {
    Paths pictures;
    std::string train;
    Paths held_out;
  };
  const Case cases[] = {
      {{"set/train/cat/1", "set/test/cat/1"}, "set/train", {"set/test"}},
      {{"a/b/train/cat/1"}, "a/b/train", {}},
      {{"Images/cat/1", "Images/dog/1"}, "Images", {}},
      {{"PetImages/Cat/1", "PetImages/Dog/1"}, "PetImages", {}},
      {{"images/1", "images/2"}, "images", {}},
      {{"images/cat/1"}, "images", {}},
      {{"cat/1", "cat/2"}, "", {}},
      {{"cat/2019/1", "cat/1"}, "", {}},
      {{"1", "2"}, "", {}},
      // A nested archive; Tiny ImageNet.
      {{"train/train/cat/1", "test/test/cat/1"}, "train/train", {"test/test"}},
      {{"train/train/1", "test1/test1/1"}, "train/train", {"test1/test1"}},
      {{"train/n01/images/1", "train/n02/images/1", "val/images/1", "test/images/1"},
       "train",
       {"test/images", "val/images"}},
      {{"train/images/cat/1", "train/images/dog/1", "val/images/cat/1"},
       "train/images",
       {"val/images"}},
      {{"train/photo/1", "train/sketch/1", "test/photo/1"}, "train", {"test"}},
      // One class is one class, and classes may be called as parts are.
      {{"train/cat/1", "test/cat/1"}, "train", {"test"}},
      {{"train/train/1", "train/bus/1", "test/train/1", "test/bus/1"}, "train", {"test"}},
  };
  for (const Case& each : cases) {
    const PartFolders found = parts_of(each.pictures);
    EXPECT_EQ(found.train, each.train) << each.pictures[0];
    EXPECT_EQ(found.held_out, each.held_out) << each.pictures[0];
  }
  EXPECT_THAT(parts_of({"PetImages/Cat/1", "PetImages/Dog/1"}).notes,
              ElementsAre("the pictures are read from ROOT/PetImages"));
}

TEST(PartFolders, LeavesClassesThatAreNamedAsPartsWhereThereIsNoTrainingPart) {
  for (const Paths& pictures :
       {Paths{"cat/1", "test/1"}, Paths{"bullet_train/1", "cat/1", "dog/1", "test_tube/1", "x/1"},
        Paths{"training shoe/1", "valley/1"}}) {
    const PartFolders found = parts_of(pictures);
    EXPECT_EQ(found.train, "") << pictures[0];
    EXPECT_THAT(found.held_out, IsEmpty()) << pictures[0];
  }
  EXPECT_THAT(
      parts_of({"cat/1", "test/1"}).notes,
      ElementsAre("test: a class like the others, since there is no folder train beside it"));
}

TEST(PartFolders, StopsWhereAFolderCannotBePlaced) {
  EXPECT_EQ(
      refusal({"train/1", "bus/1"}),
      "ROOT: beside train there is bus with pictures, which is not a part (train or training; "
      "val, valid, validation or dev; test or testing): move it away, or point data.root at "
      "ROOT/train; if train is a class like bus, rename it");
  EXPECT_THAT(refusal({"a/train/c/1", "a/annotations/2", "a/extra/3"}),
              HasSubstr("ROOT/a: beside train there are annotations, extra with pictures"));
  EXPECT_THAT(refusal({"train/cat/1", "test/cat/1", "unlabeled/1"}), HasSubstr("is unlabeled"));
  EXPECT_THAT(refusal({"train/cat/1", "seg_test/cat/1"}), HasSubstr("is seg_test"));
  EXPECT_THAT(refusal({"train2014/1", "train2017/1", "val2017/1"}),
              HasSubstr("train2014 and train2017 are all training parts"));
  EXPECT_THAT(refusal({"Train/cat/1", "train/cat/1"}), HasSubstr("Train and train are all"));
  EXPECT_THAT(refusal({"trainA/1", "trainB/1", "testA/1", "testB/1"}),
              HasSubstr("testA, testB, trainA, trainB look like parts"));
  EXPECT_THAT(refusal({"train_small/cat/1", "val/cat/1"}),
              HasSubstr("train_small, val look like parts"));
  EXPECT_THAT(refusal({"bottle/train/good/1", "bottle/test/broken/1", "cable/train/good/1"}),
              HasSubstr("the parts train and test lie below bottle"));
  EXPECT_THAT(refusal({"annotations/training/1", "annotations/validation/1", "images/training/1",
                       "images/validation/1"}),
              HasSubstr("point data.root at ROOT/images"));
  EXPECT_EQ(refusal({"annotations/trimaps/1", "images/1"}),
            "ROOT: images and annotations hold pictures, and images is not a class name: point "
            "data.root at ROOT/images, or rename it if it is a class");
}

TEST(PartFolders, TellsOfPicturesBesideTheParts) {
  EXPECT_THAT(parts_of({"overview", "train/cat/1"}).notes,
              ElementsAre("1 picture beside the parts is not used, such as overview"));
}

}  // namespace
}  // namespace cmc::data
