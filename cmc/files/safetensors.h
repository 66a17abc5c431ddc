#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cmc::files {

/// What a safetensors file holds: tensors by name and text metadata.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Writes `file` in the safetensors format (eight bytes of header length, little-endian; a JSON
/// header; the tensors' bytes, aligned to 64), beside `path`, then renamed over it. A checksum of
/// the whole file (data/checksum.h) goes into the metadata as "checksum". Throws Error where a type
/// has no name in the format or the disk is full.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads a safetensors file into memory of its own. Throws Error that names the file and the byte,
/// or the tensor, where it is cut short, is not a safetensors file, or does not match its checksum.
/// As strict as the format: no key twice, sizes and places whole numbers, tensors one behind the
/// other from the header to the file's end.
TensorFile load_safetensors(const std::filesystem::path& path);

/// The header of a safetensors file of tensors that lie one after the other in the order of their
/// names: its length in eight bytes and its JSON, filled up with spaces to a multiple of 64 bytes
/// and at least `size`. The metadata's "checksum" is files::no_checksum.
struct TensorEntry {
  at::ScalarType type = at::kFloat;
  std::vector<std::int64_t> shape;
};
std::string safetensors_header(const std::map<std::string, TensorEntry>& tensors,
                               const std::map<std::string, std::string>& metadata,
                               std::size_t size = 0);

}  // namespace cmc::files
