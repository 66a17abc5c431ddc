#include "cmc/data/formats/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

void append_word(Bytes& bytes, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

Bytes idx(std::uint32_t magic, const std::vector<std::uint32_t>& dimensions, const Bytes& values) {
  Bytes bytes;
  append_word(bytes, magic);
  for (const std::uint32_t d : dimensions) append_word(bytes, d);
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

Bytes count_up(std::size_t n) {
  Bytes bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Bytes gzip(const Bytes& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Two training pictures of 2 rows and 3 columns with labels 1 and 4, and one test picture with
/// label 0.
void write_set(const TemporaryFolder& folder, const std::string& prefix) {
  folder.write(prefix + "train-images-idx3-ubyte", idx(0x803, {2, 2, 3}, count_up(12)));
  folder.write(prefix + "train-labels-idx1-ubyte", idx(0x801, {2}, {1, 4}));
  folder.write(prefix + "t10k-images-idx3-ubyte.gz", gzip(idx(0x803, {1, 2, 3}, count_up(6))));
  folder.write(prefix + "t10k-labels-idx1-ubyte.gz", gzip(idx(0x801, {1}, {0})));
}

TEST(Idx, ReadsPlainAndGzippedFiles) {
  const TemporaryFolder folder;
  write_set(folder, "");
  const Splits splits = open_idx(folder.path());
  ASSERT_EQ(splits.train->size(), 2);
  ASSERT_EQ(splits.test->size(), 1);
  const Sample sample = splits.train->get(1);
  EXPECT_EQ(sample.index, 1);
  EXPECT_EQ(sample.label, 4);
  ASSERT_EQ(sample.values[0].size(), cv::Size(3, 2));
  EXPECT_EQ(sample.values[0].at<std::uint8_t>(1, 0), 6 + 3);
  EXPECT_EQ(splits.test->get(0).values[0].at<std::uint8_t>(1, 2), 5);
  EXPECT_EQ(splits.train->classes(), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(splits.test->classes(), splits.train->classes());
  EXPECT_EQ(splits.train->name(1), "train-images-idx3-ubyte[1]");
  EXPECT_EQ(splits.train->sources()[0].shape.height, 2);
  EXPECT_EQ(splits.train->sources()[0].shape.width, 3);
}

TEST(Idx, TurnsEmnistUprightAndNamesItsClasses) {
  const TemporaryFolder folder;
  write_set(folder, "emnist-letters-");
  folder.write("emnist-letters-mapping.txt", "1 65 97\n4 68 100\n");
  const Splits splits = open_idx(folder.path());
  const cv::Mat image = splits.train->get(0).values[0];
  ASSERT_EQ(image.size(), cv::Size(2, 3));
  EXPECT_EQ(image.at<std::uint8_t>(2, 0), 2);  // the file's first row is the first column
  EXPECT_EQ(image.at<std::uint8_t>(0, 1), 3);
  EXPECT_EQ(splits.train->sources()[0].shape.height, 3);
  EXPECT_EQ(splits.train->classes()[1], "Aa");
  EXPECT_EQ(splits.train->classes()[4], "Dd");
}

TEST(Idx, AsksForThePrefixWhereThereAreSeveralSets) {
  const TemporaryFolder folder;
  write_set(folder, "emnist-digits-");
  write_set(folder, "emnist-letters-");
  EXPECT_EQ(message_of<Error>([&] { open_idx(folder.path()); }),
            folder.path().string() +
                ": holds no IDX files with the prefix \"\"; there are \"emnist-digits-\", "
                "\"emnist-letters-\"");
  EXPECT_EQ(open_idx(folder.path(), {.prefix = "emnist-letters-"}).train->size(), 2);
}

TEST(Idx, ReadsFashionMnist) {
  const std::filesystem::path root = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is absent (dataset-fashion-mnist)";
  const Splits splits = open_idx(root);
  EXPECT_EQ(splits.train->size(), 60000);
  EXPECT_EQ(splits.test->size(), 10000);
  EXPECT_EQ(splits.train->label(0), 9);  // an ankle boot
  EXPECT_EQ(splits.train->label(59999), 5);
  EXPECT_EQ(cv::sum(splits.test->get(0).values[0])[0], 33456);
}

struct Damage {
  std::string name;
  Bytes bytes;
  std::string message;  // after the file's path
};

class DamagedIdx : public testing::TestWithParam<Damage> {};

TEST_P(DamagedIdx, IsAnErrorThatNamesTheByte) {
  const TemporaryFolder folder;
  const auto path = folder.write(GetParam().name, GetParam().bytes);
  EXPECT_EQ(message_of<Error>([&] { read_idx(path, 3); }),
            path.string() + ": " + GetParam().message);
}

Bytes with_more(Bytes bytes) {
  bytes.push_back(0);
  return bytes;
}

const Bytes whole = idx(0x803, {2, 2, 3}, count_up(12));

INSTANTIATE_TEST_SUITE_P(
    Idx, DamagedIdx,
    testing::Values(
        Damage{"empty", {}, "byte 0: the file is empty"},
        Damage{"short",
               {0, 0, 8},
               "byte 3: the file ends within the magic number 0x00000803 of an IDX file"},
        Damage{"labels", idx(0x801, {2}, {1, 4}),
               "byte 0: the magic number is 0x00000801; 0x00000803 was expected (IDX, unsigned "
               "bytes, 3 "
               "dimensions)"},
        Damage{"header", cut(whole, 10), "byte 10: the file ends within the header of 16 bytes"},
        Damage{"truncated", cut(whole, 27),
               "byte 27: the file ends early; its header promises 4 × 3 values or more"},
        Damage{"huge", idx(0x803, {0xffffffff, 0xffffffff, 0xffffffff}, {}),
               "byte 16: the file ends early; its header promises 1 × 4294967295 values or more"},
        Damage{"zero", idx(0x803, {2, 0, 3}, {}),
               "byte 8: dimension 1 is 0; at least 1 was expected"},
        Damage{"longer", with_more(whole),
               "byte 28: 1 bytes follow the values that the header promises"},
        Damage{"plain.gz", whole, "byte 0: the magic number 0x1f8b of a gzip file was expected"},
        Damage{"truncated.gz", cut(gzip(whole), 25),
               "byte 25: the gzip data ends early; the file is truncated"}),
    [](const testing::TestParamInfo<Damage>& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

TEST(Idx, RefusesLabelsThatAreNotOnePerPicture) {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", whole);
  const auto labels = folder.write("train-labels-idx1-ubyte", idx(0x801, {3}, {1, 2, 3}));
  EXPECT_EQ(
      message_of<Error>([&] { open_idx(folder.path()); }),
      labels.string() +
          ": byte 4: 3 labels; 2 were expected, one for each picture of train-images-idx3-ubyte");
}

}  // namespace
}  // namespace cmc::data
