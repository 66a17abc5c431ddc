#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace cmc::training {

/// What a safetensors file holds: tensors by name and text metadata.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Writes `file` in the safetensors format (eight bytes of header length, little-endian; a JSON
/// header; the tensors' bytes, aligned to 64), beside `path`, then renamed over it. A checksum of
/// the tensors' bytes goes into the metadata as "crc32". Throws Error where a type has no name in
/// the format or the disk is full.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads a safetensors file into memory of its own. Throws Error that names the file and the byte
/// where it is cut short, is not a safetensors file, or does not match its checksum.
TensorFile load_safetensors(const std::filesystem::path& path);

}  // namespace cmc::training
