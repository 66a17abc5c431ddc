#include "cmc/data/open.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "cmc/data/joined.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

TEST(Open, RecognisesAFormatByTheFilesOfTheFolder) {
  const TemporaryFolder cifar;
  cifar.write("data_batch_1.bin", std::string(3073, '\1'));
  EXPECT_EQ(open({.root = cifar.path().string()}).train->sources()[0].shape.width, 32);

  const TemporaryFolder unpacked;
  unpacked.write("stl10_binary/train_X.bin", std::string(3 * 96 * 96, '\1'));
  unpacked.write("stl10_binary/train_y.bin", std::string(1, '\1'));
  EXPECT_EQ(open({.root = unpacked.path().string()}).train->sources()[0].shape.width, 96);

  const TemporaryFolder images;
  std::filesystem::create_directories(images / "a");
  cv::imwrite((images / "a" / "1.png").string(), cv::Mat(4, 4, CV_8UC1, cv::Scalar(3)));
  const Splits splits = open({.root = images.path().string(), .channels = 1, .held_out = 0});
  EXPECT_EQ(splits.train->get(0).values[0].type(), CV_8UC1);
  EXPECT_EQ(splits.test->size(), 0);
}

/// One picture of 2 × 2 and its label, as torchvision unpacks them.
void write_mnist(const TemporaryFolder& folder, const std::string& where) {
  folder.write(where + "/train-images-idx3-ubyte",
               std::string("\0\0\x08\x03\0\0\0\1\0\0\0\2\0\0\0\2abcd", 20));
  folder.write(where + "/train-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\1\7", 9));
}

TEST(Open, FindsWhatTorchvisionUnpacks) {
  const TemporaryFolder folder;
  write_mnist(folder, "MNIST/raw");
  for (const char* const root : {"", "MNIST", "MNIST/raw"}) {
    const Splits splits = open({.root = (folder / root).string(), .held_out = 0});
    ASSERT_EQ(splits.train->size(), 1) << root;
    EXPECT_EQ(splits.train->label(0), 7) << root;
  }
  write_mnist(folder, "FashionMNIST/raw");
  EXPECT_EQ(message_of<Error>([&] { open({.root = folder.path().string()}); }),
            folder.path().string() + ": holds several data sets: point data.root at " +
                (folder / "MNIST/raw").string() + " or " + (folder / "FashionMNIST/raw").string());
}

TEST(Open, HoldsSamplesOutWhereThereIsNoTestPart) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin", std::string(3073 * 1000, '\1'));
  const Splits splits = open({.root = folder.path().string(), .held_out = 0.2});
  EXPECT_EQ(splits.train->size() + splits.test->size(), 1000);
  EXPECT_NEAR(static_cast<double>(splits.test->size()), 200, 50);  // four standard deviations
  for (std::int64_t i = 0; i < splits.test->size(); ++i) {
    EXPECT_TRUE(is_held_out(splits.test->name(i), 0.2));
    EXPECT_TRUE(is_held_out(splits.test->name(i), 0.3));  // a larger part only adds samples
  }
  EXPECT_EQ(splits.test->get(3).index, 3);
}

TEST(Open, TakesOtherNamesOfTheClasses) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin", std::string(3073, '\1'));
  DataOptions options{.format = "cifar10", .root = folder.path().string()};
  options.classes = std::vector<std::string>(10, "thing");
  EXPECT_EQ(open(options).test->classes()[9], "thing");
  options.classes.pop_back();
  EXPECT_EQ(message_of<Error>([&] { open(options); }),
            "data.classes names 9 classes; the data set has 10");
}

TEST(Open, OtherNamesOfTheClassesLeaveTheRestAsItIs) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "x,y,class,content\n1,1,0,p\n2,,1,q\n3,3,0,p\n");
  DataOptions options{.held_out = 0};
  options.manifest = {.manifest = path.string(),
                      .label = "class",
                      .duplicates = "content",
                      .sources = {{.name = "x", .kind = SourceKind::table, .columns = {"x"}},
                                  {.name = "y", .kind = SourceKind::table, .columns = {"y"}}}};
  options.classes = {"no", "yes"};
  const Splits splits = open(options);
  EXPECT_EQ(splits.train->classes()[1], "yes");
  EXPECT_FALSE(splits.train->has(1, 1));
  const std::vector<std::int64_t> groups = splits.train->duplicates();
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0], groups[2]);
  EXPECT_NE(groups[0], groups[1]);
}

/// Rows, parts and names of samples, one after the other.
std::string told(const Dataset& dataset) {
  std::string text;
  for (std::int64_t i = 0; i < dataset.size(); ++i)
    text += fmt::format("{} {} {}, ", dataset.row(i), dataset.part(i), dataset.name(i));
  return text;
}

TEST(Open, RowsAreThoseOfTheInputOverBothParts) {
  // A manifest whose parts are interleaved.
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "x,part\n1,test\n2,train\n3,train\n4,test\n5,train\n");
  DataOptions options;
  options.manifest = {.manifest = path.string(),
                      .part = "part",
                      .sources = {{.name = "x", .kind = SourceKind::table, .columns = {"x"}}}};
  const Splits rows = open(options);
  EXPECT_EQ(told(*rows.train), "1 train row 1, 2 train row 2, 4 train row 4, ");
  EXPECT_EQ(told(*rows.test), "0 test row 0, 3 test row 3, ");
  const auto all = joined(rows.train, rows.test);
  EXPECT_EQ(told(*all),
            "0 test row 0, 1 train row 1, 2 train row 2, 3 test row 3, 4 train row 4, ");
  for (std::int64_t i = 0; i < 5; ++i)
    EXPECT_EQ(all->get(i).values[0].at<double>(0), static_cast<double>(i + 1));

  // Pictures in the order of their paths; a folder "test" stands before "train".
  const TemporaryFolder images;
  for (const char* const name : {"train/a/1.png", "train/b/2.png", "test/a/1.png"}) {
    std::filesystem::create_directories((images / name).parent_path());
    cv::imwrite((images / name).string(), cv::Mat(4, 4, CV_8UC1, cv::Scalar(3)));
  }
  const Splits parts = open({.root = images.path().string()});
  EXPECT_EQ(told(*parts.train), "1 train a/1.png, 2 train b/2.png, ");
  EXPECT_EQ(told(*joined(parts.train, parts.test)),
            "0 test a/1.png, 1 train a/1.png, 2 train b/2.png, ");

  // Files of many pictures: the training part's, then the test part's.
  const TemporaryFolder cifar;
  cifar.write("data_batch_1.bin", std::string(2 * 3073, '\1'));
  cifar.write("test_batch.bin", std::string(3073, '\1'));
  const Splits packed = open({.root = cifar.path().string()});
  EXPECT_EQ(told(*packed.test), "2 test test_batch.bin[0], ");
  // What is held out by hash keeps its row, and undivided data has no parts.
  const TemporaryFolder whole;
  whole.write("data_batch_1.bin", std::string(3 * 3073, '\1'));
  EXPECT_EQ(told(*open({.root = whole.path().string(), .held_out = 0}).train),
            "0  data_batch_1.bin[0], 1  data_batch_1.bin[1], 2  data_batch_1.bin[2], ");
}

TEST(Open, OnePartAloneMayHaveLabels) {
  const auto idx = [](std::uint8_t dimensions, const std::vector<std::uint8_t>& sizes,
                      const std::vector<std::uint8_t>& values) {
    std::vector<std::uint8_t> bytes = {0, 0, 8, dimensions};
    for (const std::uint8_t size : sizes) bytes.insert(bytes.end(), {0, 0, 0, size});
    bytes.insert(bytes.end(), values.begin(), values.end());
    return bytes;
  };
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", idx(3, {2, 1, 1}, {7, 8}));
  folder.write("train-labels-idx1-ubyte", idx(1, {2}, {0, 1}));
  folder.write("t10k-images-idx3-ubyte", idx(3, {1, 1, 1}, {9}));
  const Splits splits = open({.root = folder.path().string(), .classes = {"no", "yes"}});
  EXPECT_EQ(splits.train->label(1), 1);
  EXPECT_EQ(splits.test->label(0), no_label);
  EXPECT_EQ(splits.test->classes(), splits.train->classes());
  EXPECT_EQ(joined(splits.train, splits.test)->size(), 3);
}

TEST(Open, SaysWhatWasExpected) {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  const auto message = [](const DataOptions& options) {
    return message_of<Error>([&] { open(options); });
  };
  const std::string known = "idx, cifar10, cifar100, stl10, folder";
  EXPECT_EQ(message({.root = ""}),
            "data.root is empty; the folder of the data set was expected, or data.manifest");
  EXPECT_EQ(message({.root = root + "/no"}),
            "data.root = \"" + root + "/no\": there is no such folder");
  EXPECT_EQ(message({.root = root}),
            root + ": holds no data set of a known format (" + known + ")");
  EXPECT_EQ(message({.format = "cifar", .root = root}),
            "data.format = \"cifar\": one of " + known + " was expected");
  EXPECT_EQ(
      message({.format = "folder", .root = root}),
      root + ": holds no image; .jpg, .jpeg, .png, .webp, .tif, .tiff, .gif or .bmp was expected");
  folder.write("data_batch_1.bin", std::string(3073, '\1'));
  EXPECT_EQ(message({.root = root, .held_out = 1}),
            "held_out = 1: a fraction of at least 0 and below 1 was expected");
}

}  // namespace
}  // namespace cmc::data
