#include "cmc/training/safetensors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::training {
namespace {

std::filesystem::path scratch(const char* name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TensorFile example() {
  return {.tensors = {{"a", at::arange(6, at::kFloat).view({2, 3}).t()},
                      {"b", at::tensor({1, -2}, at::kLong)},
                      {"c", at::tensor(2.5).to(at::kBFloat16)},
                      {"empty", at::empty({0, 4})}},
          .metadata = {{"k", "v"}}};
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const auto path = scratch("round-trip.safetensors");
  save_safetensors(path, example());
  const TensorFile read = load_safetensors(path);
  ASSERT_EQ(read.tensors.size(), 4u);
  for (const auto& [name, tensor] : example().tensors) {
    EXPECT_EQ(read.tensors.at(name).scalar_type(), tensor.scalar_type());
    EXPECT_TRUE(at::equal(read.tensors.at(name), tensor)) << name;
  }
  EXPECT_EQ(read.metadata.at("k"), "v");
}

TEST(Safetensors, LaysBytesOutAsTheFormatHasThem) {
  const auto path = scratch("layout.safetensors");
  save_safetensors(path, example());
  const std::string bytes = bytes_of(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ((8 + length) % 64, 0u);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["a"]["dtype"], "F32");
  EXPECT_EQ(header["a"]["shape"], (std::vector<int>{3, 2}));
  const std::size_t begin = 8 + length + header["a"]["data_offsets"][0].get<std::size_t>();
  float second = 0;
  std::memcpy(&second, bytes.data() + begin + 4, 4);
  EXPECT_EQ(second, 3.0f);  // row-major order of the transposed tensor
}

TEST(Safetensors, RefusesAFileThatIsCutOrChanged) {
  const auto path = scratch("damaged.safetensors");
  save_safetensors(path, example());
  std::string bytes = bytes_of(path);
  const auto write = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  };
  write(bytes.substr(0, bytes.size() - 1));
  EXPECT_THROW(load_safetensors(path), Error);
  write(bytes.substr(0, 20));
  EXPECT_THROW(load_safetensors(path), Error);
  bytes.back() ^= 1;
  write(bytes);
  try {
    load_safetensors(path);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("checksum"), std::string::npos);
  }
  write("hello");
  EXPECT_THROW(load_safetensors(path), Error);
  EXPECT_THROW(load_safetensors(scratch("absent.safetensors")), Error);
}

TEST(Safetensors, RefusesShapesAndPlacesThatCannotBe) {
  const auto path = scratch("shapes.safetensors");
  const auto message = [&](const std::string& tensors) {
    const std::uint64_t length = tensors.size();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << tensors << std::string(16, '\1');
    out.close();
    return message_of<Error>([&] { load_safetensors(path); });
  };
  const auto tensor = [](const char* name, const char* shape, int from, int to) {
    return fmt::format(R"("{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})", name, shape,
                       from, to);
  };
  EXPECT_EQ(message("{" + tensor("a", "2", 0, 8) + "," + tensor("b", "2", 8, 16) + "}"), "");
  const std::string takes = path.string() + ": tensor a takes 16 bytes, its shape asks for ";
  EXPECT_EQ(message("{" + tensor("a", "1099511627776", 0, 16) + "}"), takes + "1099511627776");
  EXPECT_EQ(message("{" + tensor("a", "1099511627776,1099511627776", 0, 16) + "}"),
            takes + "1099511627776 × 1099511627776");
  EXPECT_NE(message("{" + tensor("a", "4", 0, 16) + "," + tensor("b", "4", 0, 16) + "}"), "");
  EXPECT_NE(message("{" + tensor("a", "3", 0, 12) + "," + tensor("b", "2", 8, 16) + "}"), "");
  EXPECT_NE(message("{" + tensor("a", "2", 0, 8) + "," + tensor("b", "1", 12, 16) + "}"), "");
}

}  // namespace
}  // namespace cmc::training
