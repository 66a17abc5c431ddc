#include "cmc/data/formats/cifar.h"

#include <gtest/gtest.h>

#include "cmc/error.h"
#include "tests/data/shared_data.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// A record of CIFAR: its labels, then planes of red, green and blue; value (c, y, x) is 40c + y +
/// x.
std::vector<std::uint8_t> record(std::vector<std::uint8_t> labels) {
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x) labels.push_back(static_cast<std::uint8_t>(40 * c + y + x));
    }
  }
  return labels;
}

std::vector<std::uint8_t> joined(const std::vector<std::vector<std::uint8_t>>& records) {
  std::vector<std::uint8_t> bytes;
  for (const auto& r : records) bytes.insert(bytes.end(), r.begin(), r.end());
  return bytes;
}

TEST(Cifar, ReadsEveryBatchInTheOrderOfNames) {
  const TemporaryFolder folder;
  folder.write("data_batch_2.bin", record({7}));
  folder.write("data_batch_1.bin", joined({record({3}), record({9})}));
  folder.write("test_batch.bin", record({1}));
  const Splits splits = open_cifar10(folder.path());
  ASSERT_EQ(splits.train->size(), 3);
  EXPECT_EQ(splits.train->label(0), 3);
  EXPECT_EQ(splits.train->label(1), 9);
  EXPECT_EQ(splits.train->label(2), 7);
  EXPECT_EQ(splits.train->name(1), "data_batch_1.bin[1]");
  EXPECT_EQ(splits.train->name(2), "data_batch_2.bin[0]");
  EXPECT_EQ(splits.test->size(), 1);
  const cv::Mat image = splits.train->get(1).values[0];
  ASSERT_EQ(image.type(), CV_8UC3);
  EXPECT_EQ(image.at<cv::Vec3b>(2, 5), cv::Vec3b(7, 47, 87));  // red first
  EXPECT_EQ(splits.train->classes().size(), 10u);
}

TEST(Cifar, HasNoTestPartWithoutATestFile) {
  const TemporaryFolder folder;
  folder.write("mine.bin", record({7}));
  EXPECT_EQ(open_cifar10(folder.path()).test, nullptr);
}

TEST(Cifar, ReadsFineAndCoarseLabels) {
  const TemporaryFolder folder;
  folder.write("train.bin", joined({record({19, 99}), record({4, 30})}));
  folder.write("test.bin", record({0, 1}));
  EXPECT_EQ(open_cifar100(folder.path()).train->label(0), 99);
  const Splits coarse = open_cifar100(folder.path(), Cifar100Labels::coarse);
  EXPECT_EQ(coarse.train->label(0), 19);
  EXPECT_EQ(coarse.train->get(1).values[0].at<cv::Vec3b>(31, 31), cv::Vec3b(62, 102, 142));
  EXPECT_EQ(coarse.test->classes().size(), 20u);
}

TEST(Cifar, NamesTheByteWhereARecordIsCut) {
  const TemporaryFolder folder;
  auto bytes = joined({record({3}), record({9})});
  bytes.resize(4000);
  const auto path = folder.write("data_batch_1.bin", bytes);
  EXPECT_EQ(message_of<Error>([&] { open_cifar10(folder.path()); }),
            path.string() + ": byte 4000: record 1 is cut after 927 of its 3073 bytes");
}

TEST(Cifar, NamesTheByteOfAnImpossibleLabel) {
  const TemporaryFolder folder;
  const auto path = folder.write("data_batch_1.bin", joined({record({3}), record({10})}));
  EXPECT_EQ(message_of<Error>([&] { open_cifar10(folder.path()); }),
            path.string() + ": byte 3073: label 10 of record 1; 0 to 9 were expected");
}

TEST(Cifar, RefusesAnEmptyFileAndAFolderWithoutTraining) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", record({1}));
  EXPECT_EQ(message_of<Error>([&] { open_cifar10(folder.path()); }),
            folder.path().string() +
                ": holds no training part; a *.bin of records of 3073 bytes was expected");
  const auto path = folder.write("data_batch_1.bin", std::string_view());
  EXPECT_EQ(message_of<Error>([&] { open_cifar10(folder.path()); }),
            path.string() + ": byte 0: the file is empty");
}

TEST(Cifar, ReadsTheSharedSample) {
  const std::filesystem::path root = shared_data() / "cifar10-sample";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is absent";
  const Splits splits = open_cifar10(root);
  EXPECT_EQ(splits.train->size(), 10000);
  EXPECT_EQ(splits.test->size(), 2000);
  EXPECT_EQ(splits.train->classes()[1], "automobile");
  EXPECT_EQ(splits.train->get(0).values[0].at<cv::Vec3b>(0, 0)[0], 0xea);
}

}  // namespace
}  // namespace cmc::data
