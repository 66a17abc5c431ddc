#include "cmc/files/safetensors.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

using ::testing::HasSubstr;

std::filesystem::path scratch(const char* name) {
  static const TemporaryFolder folder;  // of this process: tests run beside each other
  return folder / name;
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

/// What is said of a file with this header and so many bytes behind it.
std::string message_of_header(const std::string& header, std::size_t bytes = 16,
                              const std::string& content = std::string(16, '\1')) {
  const auto path = scratch("header.safetensors");
  const std::uint64_t length = header.size();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << header << content.substr(0, bytes);
  out.close();
  return message_of<Error>([&] { load_safetensors(path); });
}

std::string tensor(const char* name, const char* shape, const char* offsets,
                   const char* type = "\"F32\"") {
  return fmt::format(R"("{}":{{"dtype":{},"shape":{},"data_offsets":{}}})", name, type, shape,
                     offsets);
}

TEST(Safetensors, ReadsAHeaderThatIsRight) {
  EXPECT_EQ(message_of_header("{" + tensor("a", "[2]", "[0,8]") + "," +
                              tensor("b", "[1,2]", "[8,16]") + "}  "),
            "");
  EXPECT_EQ(message_of_header("{" + tensor("none", "[0,3]", "[0,0]") + "," +
                              tensor("b", "[2,2]", "[0,16]") + "," +
                              tensor("last", "[0]", "[16,16]") + "}"),
            "");
  EXPECT_EQ(message_of_header(R"({"__metadata__":{"k":"v"},"\u00e9":{"dtype":"U8","shape":[16],)"
                              R"("data_offsets":[0,16],"more":[1]}})"),
            "");
  EXPECT_EQ(message_of_header("{}", 0), "");
}

TEST(Safetensors, RefusesALaxHeader) {
  struct Case {
    std::string tensors;
    const char* said;
    std::size_t bytes = 16;
  };
  const Case cases[] = {
      // Sizes.
      {tensor("a", "[1099511627776]", "[0,16]"),
       "tensor a takes 16 bytes, its shape asks for 1099511627776"},
      {tensor("a", "[1099511627776,1099511627776]", "[0,16]"),
       "tensor a takes 16 bytes, its shape asks for 1099511627776 × 1099511627776"},
      {tensor("a", "[4611686018427387904,4]", "[0,0]"), "tensor a takes 0 bytes", 0},
      {tensor("a", "[4611686018427387904,4611686018427387904,0]", "[0,0]"),
       "tensor a takes 0 bytes", 0},
      {tensor("a", "[3]", "[0,16]"), "tensor a takes 16 bytes, its shape asks for 3"},
      {tensor("a", "[2.7,2]", "[0,16]"), "tensor a has the shape [2.7,2]; a list of whole"},
      {tensor("a", "[4.0]", "[0,16]"), "tensor a has the shape [4.0]; a list of whole"},
      {tensor("a", "[-2,-2]", "[0,16]"), "tensor a has the shape [-2,-2]; a list of whole"},
      {tensor("a", "[18446744073709551615]", "[0,16]"), "a list of whole numbers"},
      {tensor("a", "[true,4]", "[0,16]"), "a list of whole numbers"},
      {tensor("a", "[\"4\"]", "[0,16]"), "a list of whole numbers"},
      {tensor("a", "4", "[0,16]"), "tensor a has the shape 4; a list of whole numbers"},
      {tensor("a", "[[4]]", "[0,16]"), "deeper than safetensors does"},
      // Offsets.
      {tensor("a", "[4]", "[0,16,16]"), "tensor a has the data_offsets [0, 16, 16]; its first"},
      {tensor("a", "[4]", "[16]"), "tensor a has the data_offsets [16]; its first"},
      {tensor("a", "[4]", "[16,0]"), "tensor a has the data_offsets [16, 0]; its first"},
      {tensor("a", "[4]", "[0,16.0]"), "tensor a has the data_offsets [0,16.0]; a list of whole"},
      {tensor("a", "[4]", "[-16,0]"), "tensor a has the data_offsets [-16,0]; a list of whole"},
      {tensor("a", "[5]", "[0,20]"), "cut short: tensor a ends at byte"},
      {tensor("a", "[4]", "[0,16]"), "belong to no tensor", 12 + 5},
      {tensor("a", "[4]", "[0,16]") + "," + tensor("b", "[4]", "[0,16]"),
       "tensor b begins inside another"},
      {tensor("a", "[3]", "[0,12]") + "," + tensor("b", "[2]", "[8,16]"),
       "tensor b begins inside another"},
      {tensor("a", "[4]", "[0,16]") + "," + tensor("b", "[0]", "[8,8]"),
       "tensor b begins inside another"},
      {tensor("a", "[2]", "[0,8]") + "," + tensor("b", "[1]", "[12,16]"), "belong to no tensor"},
      {tensor("a", "[3]", "[4,16]"), "belong to no tensor"},
      {tensor("a", "[2]", "[0,8]"), "belong to no tensor"},
      // Types and keys.
      {tensor("a", "[4]", "[0,16]", "\"F8_E4M3\""), "tensor a has the type \"F8_E4M3\"; what is"},
      {tensor("a", "[4]", "[0,16]", "\"f32\""), "tensor a has the type \"f32\"; what is read is"},
      {tensor("a", "[4]", "[0,16]", "7"), "tensor a has the type 7; what is read is F64, F32"},
      {tensor("a", "[4]", "[0,16]") + "," + tensor("a", "[4]", "[0,16]"),
       "the header has the key \"a\" twice"},
      {R"("a":{"dtype":"F32","shape":[4],"shape":[2,2],"data_offsets":[0,16]})",
       "the header has the key \"shape\" twice"},
      {R"("a":{"dtype":"F32","data_offsets":[0,16]})", "tensor a has no \"shape\""},
      {R"("a":{"shape":[4],"data_offsets":[0,16]})", "tensor a has no \"dtype\""},
      {R"("a":{"dtype":"F32","shape":[4]})", "tensor a has no \"data_offsets\""},
      {R"("a":[4])", "tensor a is [4] in the header; an object was expected"},
      {R"("__metadata__":{"k":1})", "__metadata__ is {\"k\":1}; an object of texts"},
      {R"("__metadata__":["k"])", "__metadata__ is [\"k\"]; an object of texts"},
      {R"("__metadata__":{"k":"v"},"__metadata__":{"k":"w"})", "\"__metadata__\" twice"},
      {R"("a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)", "not a JSON object"},
      {tensor("\xff", "[4]", "[0,16]"), "not a JSON object"},
  };
  for (const Case& wrong : cases) {
    const std::string message =
        message_of_header("{" + wrong.tensors + "}", wrong.bytes, std::string(17, '\1'));
    EXPECT_THAT(message, HasSubstr(wrong.said)) << wrong.tensors;
    EXPECT_THAT(message, HasSubstr("header.safetensors: ")) << wrong.tensors;
  }
  EXPECT_THAT(message_of_header("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(message_of_header(std::string(100'000, '[')), HasSubstr("deeper than safetensors"));
  std::string nested = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  EXPECT_THAT(message_of_header(nested), HasSubstr("deeper than safetensors"));
  EXPECT_THAT(message_of_header("{" + tensor("a", "[16]", "[0,16]", "\"BOOL\"") + "}", 16,
                                std::string(16, '\2')),
              HasSubstr("tensor a is of the type BOOL and holds other bytes than 0 and 1"));
}

TEST(Safetensors, RefusesAHeaderLongerThanTheFile) {
  const auto path = scratch("long.safetensors");
  for (const std::uint64_t length : {std::uint64_t{9}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << "{}      ";
    out.close();
    EXPECT_THAT(message_of<Error>([&] { load_safetensors(path); }),
                HasSubstr(fmt::format("its header asks for {} bytes of 16", length)));
  }
  EXPECT_THAT(message_of<Error>([&] { load_safetensors(path.parent_path()); }),
              HasSubstr("can't be opened"));
}

}  // namespace
}  // namespace cmc::files
