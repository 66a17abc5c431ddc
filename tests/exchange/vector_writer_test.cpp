#include "cmc/exchange/vector_writer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "cmc/error.h"
#include "cmc/files/safetensors.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

const at::Tensor first = at::tensor({1.f, -2.f, 0.1f, 4.f}).view({2, 2});
const at::Tensor second = at::tensor({5.f, 6.f}).view({1, 2});
const std::vector<RowName> first_names = {{"a.png", 4, "train", "cat, big"},
                                          {"b, \"c\".png", 7, "test", ""}};
const std::vector<RowName> second_names = {{"d.png", 9, "", "dog"}};

std::string written(const TemporaryFolder& folder, const std::string& file, bool interrupted) {
  const VectorWriterOptions options{.columns = 2, .fingerprint = "same"};
  {
    VectorWriter writer(folder / file, options);
    writer.append(first, first_names);
    if (!interrupted) {
      writer.append(second, second_names);
      writer.commit();
      return bytes_of(folder / file);
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / file));
  VectorWriter writer(folder / file, options);
  EXPECT_EQ(writer.batches(), 1);
  EXPECT_EQ(writer.rows(), 2);
  writer.append(second, second_names);
  writer.commit();
  return bytes_of(folder / file);
}

std::size_t files(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

TEST(VectorWriter, LaysOutNumPysFormat) {
  const TemporaryFolder folder;
  const std::string bytes = written(folder, "x.npy", false);
  ASSERT_EQ(bytes.size(), 128u + 3 * 2 * 4);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_THAT(bytes.substr(10, 118),
              testing::StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"));
  EXPECT_EQ(bytes[127], '\n');
  float last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
  EXPECT_EQ(last, 6.f);
  EXPECT_EQ(bytes_of(folder / "x.ids.csv"),
            "id,row,part,label\na.png,4,train,\"cat, big\"\n\"b, "
            "\"\"c\"\".png\",7,test,\nd.png,9,,dog\n");
}

TEST(VectorWriter, WritesCsvWithTheNames) {
  const TemporaryFolder folder;
  EXPECT_EQ(written(folder, "x.csv", false),
            "id,row,part,label,x0,x1\na.png,4,train,\"cat, big\",1,-2\n"
            "\"b, \"\"c\"\".png\",7,test,,0.1,4\nd.png,9,,dog,5,6\n");
}

TEST(VectorWriter, GoesOnWhereItWasInterruptedAndLeavesNothingElse) {
  for (const char* const file : {"x.npy", "x.csv", "x.safetensors"}) {
    const TemporaryFolder whole, interrupted;
    EXPECT_EQ(written(whole, file, false), written(interrupted, file, true)) << file;
    EXPECT_EQ(files(interrupted), file == std::string("x.csv") ? 1u : 2u);
  }
  const TemporaryFolder folder;
  written(folder, "x.safetensors", true);
  const auto file = files::load_safetensors(folder / "x.safetensors");  // compares the checksum
  EXPECT_TRUE(at::equal(file.tensors.at("vectors"), at::cat({first, second})));
}

TEST(VectorWriter, BeginsAnewForOtherRows) {
  const TemporaryFolder folder;
  {
    VectorWriter writer(folder / "x.npy", {.columns = 2, .fingerprint = "one"});
    writer.append(first, first_names);
  }
  VectorWriter writer(folder / "x.npy", {.columns = 2, .fingerprint = "other"});
  EXPECT_EQ(writer.rows(), 0);
  writer.append(second, second_names);
  writer.commit();
  EXPECT_EQ(bytes_of(folder / "x.npy").size(), 128u + 2 * 4);
}

TEST(VectorWriter, LeavesNothingOnAFullDisk) {
  const TemporaryFolder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(
      {
        VectorWriter writer(folder / "x.npy", {.columns = 2});
        writer.append(at::zeros({1000, 2}), std::vector<RowName>(1000));
      },
      Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(files(folder), 0u);
}

TEST(VectorWriter, RefusesToReplaceAFileAndUnknownEndings) {
  const TemporaryFolder folder;
  folder.write("x.npy", "precious");
  EXPECT_THROW(VectorWriter(folder / "x.npy", {.columns = 2}), UsageError);
  EXPECT_THROW(VectorWriter(folder / "x.parquet", {.columns = 2}), UsageError);
  folder.write("y.ids.csv", "precious");
  EXPECT_THROW(VectorWriter(folder / "y.npy", {.columns = 2}), UsageError);
  EXPECT_NO_THROW(VectorWriter(folder / "y.csv", {.columns = 2}));
}

}  // namespace
}  // namespace cmc::exchange
