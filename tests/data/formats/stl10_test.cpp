#include "cmc/data/formats/stl10.h"

#include <gtest/gtest.h>

#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// A picture whose value (c, y, x) is 80c + (y + 3x) mod 80, stored
/// column by column.
std::string stored_picture() {
  std::string bytes;
  for (int c = 0; c < 3; ++c) {
    for (int x = 0; x < 96; ++x) {
      for (int y = 0; y < 96; ++y) bytes.push_back(static_cast<char>(80 * c + (y + 3 * x) % 80));
    }
  }
  return bytes;
}

void write_set(const TemporaryFolder& folder) {
  folder.write("train_X.bin", stored_picture() + stored_picture());
  folder.write("train_y.bin", std::string("\1\12"));
  folder.write("test_X.bin", stored_picture());
  folder.write("test_y.bin", std::string("\5"));
  folder.write("unlabeled_X.bin", stored_picture() + stored_picture() + stored_picture());
}

TEST(Stl10, TurnsColumnsUpright) {
  const TemporaryFolder folder;
  write_set(folder);
  const cv::Mat image = open_stl10(folder.path()).test->get(0).values[0];
  ASSERT_EQ(image.size(), cv::Size(96, 96));
  EXPECT_EQ(image.at<cv::Vec3b>(5, 2), cv::Vec3b(11, 91, 171));
  EXPECT_EQ(image.at<cv::Vec3b>(2, 5), cv::Vec3b(17, 97, 177));
}

TEST(Stl10, ReadsLabelsFromZeroAndTheUnlabelledPart) {
  const TemporaryFolder folder;
  write_set(folder);
  const Splits splits = open_stl10(folder.path());
  ASSERT_EQ(splits.train->size(), 5);
  EXPECT_EQ(splits.train->label(0), 0);
  EXPECT_EQ(splits.train->label(1), 9);
  EXPECT_EQ(splits.train->label(2), no_label);
  EXPECT_EQ(splits.train->name(4), "unlabeled_X.bin[2]");
  EXPECT_EQ(splits.test->label(0), 4);
  EXPECT_EQ(labelled(splits.train)->size(), 2);
  EXPECT_EQ(open_stl10(folder.path(), {.unlabelled = false}).train->size(), 2);
}

TEST(Stl10, NamesTheByteOfDamage) {
  const TemporaryFolder folder;
  write_set(folder);
  const auto message = [&] { return message_of<Error>([&] { open_stl10(folder.path()); }); };
  const std::string root = folder.path().string();
  folder.write("unlabeled_X.bin", (stored_picture() + stored_picture()).substr(0, 30000));
  EXPECT_EQ(message(),
            root + "/unlabeled_X.bin: byte 30000: picture 1 is cut after 2352 of its 27648 bytes");
  folder.write("train_y.bin", std::string("\1\13"));
  EXPECT_EQ(message(), root + "/train_y.bin: byte 1: label 11; 1 to 10 were expected");
  folder.write("train_y.bin", std::string("\1"));
  EXPECT_EQ(message(), root + "/train_y.bin: 1 labels; 2 were expected, one for each picture of " +
                           root + "/train_X.bin");
}

}  // namespace
}  // namespace cmc::data
