#include "cmc/encoders/network_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::encoders {
namespace {

TEST(NetworkFile, IsToldByItsBytes) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const std::string archive = "PK\3\4"s + std::string(40, '\0');
  struct Case {
    std::string bytes;
    NetworkFile kind;
  };
  const Case cases[] = {
      {"\2\0\0\0\0\0\0\0{}"s, NetworkFile::safetensors},
      {"\3\0\0\0\0\0\0\0{}"s, NetworkFile::unknown},  // cut short
      {archive + "archive/data.pkl", NetworkFile::checkpoint},
      {archive + "m/data.pkl" + "m/constants.pkl", NetworkFile::torchscript},
      {archive + "m/extra/cmc.json" + "m/constants.pkl", NetworkFile::exported},
      {archive + "a.npy", NetworkFile::zip},
      {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e."s, NetworkFile::checkpoint},
      {"\x80\x04}q."s, NetworkFile::pickle},
      {"\x89HDF\r\n\x1a\n"s, NetworkFile::hdf5},
      {"\x93NUMPY\1\0"s, NetworkFile::numpy},
      {"\x1f\x8b\x08\0"s, NetworkFile::gzip},
      {std::string(257, 'a') + "ustar\0"s + std::string(9, '0'), NetworkFile::tar},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", NetworkFile::lfs_pointer},
      {"\n<!DOCTYPE html><html>", NetworkFile::html},
      {"<html>", NetworkFile::html},
      {"{\"metadata\": {}, \"weight_map\": {\"a\": \"b\"}}", NetworkFile::shard_index},
      {"\x08\x08\x12\x07pytorch"s, NetworkFile::onnx},
      {"", NetworkFile::empty},
      {"a text", NetworkFile::unknown},
      {"P", NetworkFile::unknown},
  };
  for (const Case& each : cases)
    EXPECT_EQ(network_file(folder.write("x", each.bytes)), each.kind)
        << describe(each.kind) << ": " << each.bytes;
  torch::jit::Module module("m");
  module.define("def forward(self, x):\n    return x\n");
  module.save((folder / "m.pt").string());
  EXPECT_EQ(network_file(folder / "m.pt"), NetworkFile::torchscript);
}

}  // namespace
}  // namespace cmc::encoders
