#include "cmc/training/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cmc/data/atomic_file.h"
#include "cmc/data/checksum.h"
#include "cmc/data/json_text.h"
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

/// The size of a tensor in bytes; none where it is beyond 2⁶⁴. Sizes are not negative.
std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape, at::ScalarType type) {
  std::uint64_t bytes = c10::elementSize(type);
  for (const std::int64_t size : shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes))
      return std::nullopt;
  return bytes;
}

/// The bytes of a tensor in row-major order on the CPU.
at::Tensor packed(const at::Tensor& tensor) {
  return tensor.detach().cpu().contiguous();
}

}  // namespace

std::string safetensors_header(const std::map<std::string, TensorEntry>& tensors,
                               const std::map<std::string, std::string>& metadata,
                               std::size_t size) {
  json header;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    std::size_t bytes = c10::elementSize(tensor.type);
    for (const std::int64_t n : tensor.shape) bytes *= static_cast<std::size_t>(n);
    header[name] = {{"dtype", name_of(tensor.type, name)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  header["__metadata__"] = metadata;
  header["__metadata__"]["checksum"] = data::no_checksum;
  std::string text(8, '\0');
  text += header.dump();
  size = std::max(size, text.size());
  text.append((size + 63) / 64 * 64 - text.size(), ' ');
  const std::uint64_t length = text.size() - 8;
  std::memcpy(text.data(), &length, 8);
  return text;
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  std::vector<at::Tensor> data;
  std::map<std::string, TensorEntry> entries;
  for (const auto& [name, tensor] : file.tensors) {
    data.push_back(packed(tensor));
    entries[name] = {tensor.scalar_type(), tensor.sizes().vec()};
  }
  std::string header = safetensors_header(entries, file.metadata);
  std::uint32_t crc = data::crc32(0, header.data(), header.size());
  for (const at::Tensor& tensor : data) crc = data::crc32(crc, tensor.data_ptr(), tensor.nbytes());
  header.replace(header.find(data::no_checksum), data::no_checksum.size(),
                 data::checksum_text(crc));

  data::AtomicFile out(path);
  out.write(header);
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
  data::check_nesting(text, path.string());
  const json header = json::parse(text, nullptr, false);
  check(header.is_object(), "{}: byte 8: the header is not a JSON object; not a safetensors file",
        path.string());

  TensorFile file;
  std::map<std::uint64_t, at::Tensor> by_offset;
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
      check(bytes_of(shape, type) == offsets[1] - offsets[0],
            "{}: tensor {} takes {} bytes, its shape asks for {}", path.string(), name,
            offsets[1] - offsets[0], fmt::join(shape, " × "));
      const at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
      file.tensors[name] = tensor;
      if (tensor.nbytes() > 0)
        check(by_offset.emplace(offsets[0], tensor).second,
              "{}: tensor {} begins at byte {}, as another does", path.string(), name,
              8 + length + offsets[0]);
    }
  } catch (const json::exception& error) {
    fail("{}: byte 8: a header that safetensors does not have: {}", path.string(), error.what());
  }

  std::uint64_t end = 8 + length;  // tensors stand one behind the other
  for (const auto& [offset, tensor] : by_offset) {
    check(end == 8 + length + offset, "{}: byte {}: bytes that belong to no tensor, or to two",
          path.string(), std::min(end, 8 + length + offset));
    end += tensor.nbytes();
  }
  check(file_size == end, "{}: byte {}: bytes that belong to no tensor", path.string(), end);

  const std::string known = data::take_checksum(text);
  std::uint32_t crc = data::crc32(data::crc32(0, &length, sizeof length), text.data(), text.size());
  for (auto& [offset, tensor] : by_offset) {
    in.seekg(static_cast<std::streamoff>(8 + length + offset));
    in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    check(in.good(), "{}: byte {}: cut short", path.string(), 8 + length + offset);
    crc = data::crc32(crc, tensor.data_ptr(), tensor.nbytes());
  }
  const bool bears_none = known.empty() && !file.metadata.contains("checksum");
  check(bears_none || known == data::checksum_text(crc),
        "{}: its bytes have the checksum {}, its header says {}: the file is damaged",
        path.string(), data::checksum_text(crc), known);
  return file;
}

}  // namespace cmc::training
