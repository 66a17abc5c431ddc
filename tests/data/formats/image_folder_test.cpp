#include "cmc/data/formats/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "cmc/data/loader.h"
#include "cmc/data/unreadable.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write_image(const TemporaryFolder& folder, const fs::path& name, int value = 100) {
  fs::create_directories((folder / name).parent_path());
  cv::imwrite((folder / name).string(), cv::Mat(6, 8, CV_8UC3, cv::Scalar::all(value)));
}

std::vector<std::string> names(const Dataset& dataset) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < dataset.size(); ++i) names.push_back(dataset.name(i));
  return names;
}

using Names = std::vector<std::string>;

TEST(ImageFolder, TakesTheFirstFolderAsTheClass) {
  const TemporaryFolder folder;
  write_image(folder, "dog/2019/b.png");
  write_image(folder, "cat/a.JPG", 50);
  write_image(folder, "stray.webp");
  write_image(folder, "cat/.hidden.png");
  folder.write("cat/notes.txt", "no picture");
  folder.write("bird/notes.txt", "no picture: no class");
  const Splits splits = open_image_folder(folder.path());
  EXPECT_EQ(splits.test, nullptr);
  EXPECT_EQ(names(*splits.train), (Names{"cat/a.JPG", "dog/2019/b.png", "stray.webp"}));
  EXPECT_EQ(splits.train->classes(), (Names{"cat", "dog"}));
  EXPECT_EQ(splits.train->label(0), 0);
  EXPECT_EQ(splits.train->label(1), 1);
  EXPECT_EQ(splits.train->label(2), no_label);
  const Sample sample = splits.train->get(0);
  EXPECT_EQ(sample.values[0].size(), cv::Size(8, 6));
  EXPECT_NEAR(sample.values[0].at<cv::Vec3b>(3, 3)[1], 50, 1);
}

TEST(ImageFolder, HasNoLabelsWhereItIsFlat) {
  const TemporaryFolder folder;
  write_image(folder, "1.png");
  write_image(folder, "2.tif");
  const Splits splits = open_image_folder(folder.path(), {.channels = 1});
  EXPECT_EQ(splits.train->size(), 2);
  EXPECT_TRUE(splits.train->classes().empty());
  EXPECT_EQ(splits.train->label(1), no_label);
  EXPECT_EQ(splits.train->sources()[0].shape.channels, 1);
  EXPECT_EQ(splits.train->get(1).values[0].channels(), 1);
}

TEST(ImageFolder, TakesTrainAndTestFolders) {
  const TemporaryFolder folder;
  write_image(folder, "train/cat/1.png");
  write_image(folder, "train/dog/1.png");
  write_image(folder, "val/dog/2.png");
  write_image(folder, "val/newt/2.png");
  const Splits splits = open_image_folder(folder.path());
  EXPECT_EQ(names(*splits.train), (Names{"cat/1.png", "dog/1.png"}));
  EXPECT_EQ(names(*splits.test), (Names{"dog/2.png", "newt/2.png"}));
  EXPECT_EQ(splits.train->classes(), (Names{"cat", "dog", "newt"}));
  EXPECT_EQ(splits.test->label(0), 1);
  EXPECT_EQ(splits.test->label(1), 2);

  write_image(folder, "test/unknown.png");  // without labels: val serves better
  EXPECT_EQ(open_image_folder(folder.path()).test->size(), 2);
  write_image(folder, "test/cat/3.png");
  EXPECT_EQ(names(*open_image_folder(folder.path()).test), (Names{"cat/3.png", "unknown.png"}));

  write_image(folder, "bus/1.png");  // is train a class like bus?
  EXPECT_THAT(message_of<Error>([&] { open_image_folder(folder.path()); }),
              HasSubstr("beside train there is bus with pictures"));
}

TEST(ImageFolder, TellsOfTheParts) {
  const TemporaryFolder folder;
  for (const char* const part : {"train", "valid", "test"}) {
    write_image(folder, fmt::format("{}/cat/1.png", part));
    write_image(folder, fmt::format("{}/dog/1.png", part));
  }
  folder.write("annotations/list.xml", "");
  folder.write("__MACOSX/train/cat/._1.png", "");
  const Splits splits = open_image_folder(folder.path());
  EXPECT_EQ(splits.train->classes(), (Names{"cat", "dog"}));
  EXPECT_EQ(splits.train->size(), 2);
  EXPECT_EQ(splits.test->size(), 2);
  const std::string root = folder.path().string();
  EXPECT_THAT(
      splits.notes,
      ElementsAre("passed over (no pictures by their names): 1 .xml, 1 hidden",
                  "the training part is " + root + "/train, the held-out part " + root + "/test",
                  root + "/valid is not used (pictures: 2)"));
}

TEST(ImageFolder, ReadsTinyImageNetsClasses) {
  const TemporaryFolder folder;
  for (const char* const path :
       {"train/n01/images/n01_0.JPEG", "train/n02/images/n02_0.JPEG", "val/images/val_0.JPEG",
        "val/images/val_1.JPEG", "test/images/test_0.JPEG"})
    write_image(folder, path);
  folder.write("val/val_annotations.txt",
               "val_0.JPEG\tn02\t0\t32\t44\t62\nval_1.JPEG\tn01\t52\t55\t57\t59\n");
  const Splits splits = open_image_folder(folder.path());
  EXPECT_EQ(splits.train->classes(), (Names{"n01", "n02"}));
  EXPECT_EQ(names(*splits.test), (Names{"val_0.JPEG", "val_1.JPEG"}));
  EXPECT_EQ(splits.test->label(0), 1);
  EXPECT_EQ(splits.test->label(1), 0);
  const std::string root = folder.path().string();
  EXPECT_THAT(splits.notes, Contains(root + "/val/images: 2 of 2 pictures have the class that "
                                            "val_annotations.txt gives"));
  EXPECT_THAT(splits.notes, Contains(root + "/test/images is not used (pictures: 1)"));

  fs::remove(folder / "val/val_annotations.txt");
  const Splits bare = open_image_folder(folder.path());
  EXPECT_EQ(bare.train->classes(), (Names{"n01", "n02"}));  // "images" is none
  EXPECT_EQ(bare.test->label(0), no_label);
  EXPECT_THAT(bare.notes, Contains(root + "/test/images: has no folders of classes: its pictures "
                                          "have no labels"));
}

TEST(ImageFolder, StopsWhereTheTrainingPartHoldsNoPicture) {
  const TemporaryFolder folder;
  folder.write("train/cat/1.heic", "");
  write_image(folder, "val/cat/1.png");
  EXPECT_EQ(message_of<Error>([&] { open_image_folder(folder.path()); }),
            (folder / "train").string() +
                ": holds no readable picture; the training part was expected there");
  fs::remove_all(folder / "val");
  EXPECT_EQ(message_of<Error>([&] { open_image_folder(folder.path()); }),
            folder.path().string() +
                ": holds no image; .jpg, .jpeg, .png, .webp, .tif, .tiff, .gif or .bmp was "
                "expected; passed over (no pictures by their names): 1 .heic");
}

TEST(ImageFolder, HoldsTheSamePicturesOutWhateverIsAdded) {
  const TemporaryFolder folder;
  for (int i = 0; i < 60; ++i) write_image(folder, fmt::format("c/{}.png", i));
  const auto held_out = [&] {
    const Names found = names(*hold_out(open_image_folder(folder.path()).train, 0.25).test);
    return std::set<std::string>(found.begin(), found.end());
  };
  const std::set<std::string> before = held_out();
  EXPECT_GT(before.size(), 4u);
  EXPECT_LT(before.size(), 28u);
  for (int i = 60; i < 80; ++i) write_image(folder, fmt::format("c/{}.png", i));
  const std::set<std::string> after = held_out();
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
  for (const std::string& name : after) {
    EXPECT_TRUE(before.contains(name) || std::stoi(name.substr(2)) >= 60) << name;
  }
}

/// The mean of a picture as its only view.
class Mean : public Transform {
 public:
  const std::vector<ViewShape>& views() const override { return views_; }
  void apply(const Sample& sample, const RandomKey&, std::span<float* const> rows) const override {
    rows[0][0] = static_cast<float>(cv::mean(sample.values[0])[0]);
  }

 private:
  std::vector<ViewShape> views_{{"mean", 1, 1, 1}};
};

TEST(ImageFolder, GoesOnWithoutItsUnreadableFiles) {
  const TemporaryFolder folder;
  for (int i = 0; i < 20; ++i) write_image(folder, fmt::format("a/{:02}.png", i), 10 * i);
  cv::Mat noise(64, 64, CV_8UC3);
  cv::randu(noise, 0, 255);
  cv::imwrite((folder / "b.jpg").string(), noise);
  const auto half = fs::file_size(folder / "b.jpg") / 2;
  fs::resize_file(folder / "b.jpg", half);
  folder.write("c.jpg", "this is no picture");
  folder.write("d.jpg", "");
  fs::create_symlink(folder / "nowhere", folder / "e.jpg");

  Loader loader(open_image_folder(folder.path()).train, std::make_shared<Mean>(),
                {.batch_size = 8, .drop_last = false, .workers = 2});
  for (const int epoch : {0, 1}) {
    loader.start(epoch);
    std::set<std::int64_t> seen;
    while (const std::optional<Batch> batch = loader.next()) {
      for (std::int64_t i = 0; i < batch->size(); ++i) {
        const std::int64_t index = batch->indices[i].item<std::int64_t>();
        seen.insert(index);
        EXPECT_NEAR(batch->views[0][i].item<float>(), 10 * index, 0.5);
      }
    }
    EXPECT_EQ(seen.size(), 20u);
  }
  const std::vector<UnreadableSample> unreadable = loader.unreadable();
  const std::string root = folder.path().string();
  ASSERT_EQ(unreadable.size(), 4u);
  EXPECT_EQ(unreadable[0].name, "b.jpg");
  EXPECT_EQ(
      unreadable[0].reason,
      fmt::format("{}/b.jpg: byte {}: the JPEG ends early; its end-of-image marker was expected",
                  root, half));
  EXPECT_EQ(unreadable[1].reason, root +
                                      "/c.jpg: byte 0: the file starts with \"this is \"; a JPEG, "
                                      "PNG, WebP, TIFF, GIF or BMP was expected");
  EXPECT_EQ(
      unreadable[2].reason,
      root + "/d.jpg: byte 0: the file is empty; a JPEG, PNG, WebP, TIFF, GIF or BMP was expected");
  EXPECT_EQ(unreadable[3].reason, root + "/e.jpg: can't be opened: No such file or directory");
}

}  // namespace
}  // namespace cmc::data
