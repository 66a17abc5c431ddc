#include "cmc/training/safetensors.h"

#include <torch/torch.h>
#include <zlib.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "cmc/data/atomic_file.h"
#include "cmc/error.h"

namespace cmc::training {
namespace {

using nlohmann::json;

constexpr std::pair<const char*, at::ScalarType> type_names[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
    {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
    {"U8", at::kByte},    {"BOOL", at::kBool}};

const char* name_of(at::ScalarType type, const std::string& tensor) {
  for (const auto& [name, known] : type_names)
    if (known == type) return name;
  fail("tensor {} has type {}, which safetensors has no name for", tensor, at::toString(type));
}

at::ScalarType type_of(const std::string& text, const std::filesystem::path& path,
                       const std::string& tensor) {
  for (const auto& [name, type] : type_names)
    if (text == name) return type;
  fail("{}: tensor {} has the unknown type {}", path.string(), tensor, text);
}

std::string checksum(std::uint32_t crc) {
  return fmt::format("{:08x}", crc);
}

std::uint32_t add_to_checksum(std::uint32_t crc, const char* bytes, std::size_t size) {
  if (size == 0) return crc;  // zlib takes a null pointer for a request to begin anew
  return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes), size));
}

/// The bytes of a tensor in row-major order on the CPU.
at::Tensor packed(const at::Tensor& tensor) {
  return tensor.detach().cpu().contiguous();
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  std::vector<at::Tensor> data;
  json header;
  std::uint32_t crc = 0;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    data.push_back(packed(tensor));
    const std::size_t size = data.back().nbytes();
    header[name] = {{"dtype", name_of(tensor.scalar_type(), name)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, offset + size}}};
    crc = add_to_checksum(crc, static_cast<const char*>(data.back().data_ptr()), size);
    offset += size;
  }
  header["__metadata__"] = file.metadata;
  header["__metadata__"]["crc32"] = checksum(crc);
  std::string text = header.dump();
  text.append((64 - (text.size() + 8) % 64) % 64, ' ');

  data::AtomicFile out(path);
  const std::uint64_t length = text.size();
  out.write(&length, sizeof length);
  out.write(text.data(), text.size());
  for (const at::Tensor& tensor : data) out.write(tensor.data_ptr(), tensor.nbytes());
  out.commit();
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  check(in.good(), "{}: can't be opened; expected a safetensors file", path.string());
  const std::uint64_t file_size = std::filesystem::file_size(path);
  std::uint64_t length = 0;
  in.read(reinterpret_cast<char*>(&length), sizeof length);
  check(in.good() && length >= 2 && length <= file_size - 8,
        "{}: byte 0: not a safetensors file, or cut short: its header asks for {} bytes of {}",
        path.string(), length, file_size);
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));
  const json header = json::parse(text, nullptr, false);
  check(header.is_object(), "{}: byte 8: the header is not a JSON object; not a safetensors file",
        path.string());

  TensorFile file;
  std::map<std::uint64_t, at::Tensor> by_offset;
  std::uint64_t end = 0;
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        file.metadata = entry.get<std::map<std::string, std::string>>();
        continue;
      }
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      const auto offsets = entry.at("data_offsets").get<std::array<std::uint64_t, 2>>();
      const at::ScalarType type = type_of(entry.at("dtype").get<std::string>(), path, name);
      for (const std::int64_t size : shape)
        check(size >= 0, "{}: tensor {} has a negative size", path.string(), name);
      check(offsets[0] <= offsets[1] && offsets[1] <= file_size - 8 - length,
            "{}: byte {}: cut short: tensor {} ends at byte {}", path.string(), file_size, name,
            8 + length + offsets[1]);
      const at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
      check(tensor.nbytes() == offsets[1] - offsets[0],
            "{}: tensor {} takes {} bytes, its shape asks for {}", path.string(), name,
            offsets[1] - offsets[0], tensor.nbytes());
      file.tensors[name] = tensor;
      if (tensor.nbytes() > 0) by_offset[offsets[0]] = tensor;
      end = std::max(end, offsets[1]);
    }
  } catch (const json::exception& error) {
    fail("{}: byte 8: a header that safetensors does not have: {}", path.string(), error.what());
  }

  std::uint32_t crc = 0;
  for (auto& [offset, tensor] : by_offset) {
    in.seekg(static_cast<std::streamoff>(8 + length + offset));
    in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    check(in.good(), "{}: byte {}: cut short", path.string(), 8 + length + offset);
    crc = add_to_checksum(crc, static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  }
  if (const auto known = file.metadata.find("crc32"); known != file.metadata.end())
    check(known->second == checksum(crc),
          "{}: its bytes have the checksum {}, its header says {}: the file is damaged",
          path.string(), checksum(crc), known->second);
  return file;
}

}  // namespace cmc::training
