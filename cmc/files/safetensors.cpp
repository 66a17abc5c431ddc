#include "cmc/files/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/checksum.h"

namespace cmc::files {
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

/// A tensor as the header has it; its bytes are [begin, end) of what stands behind the header.
struct StoredTensor {
  std::string name;
  at::ScalarType type = at::kFloat;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

/// The format's own limit.
constexpr std::uint64_t most_header_bytes = 100'000'000;

/// The header's JSON: lists in objects in an object, no key twice.
json parsed_header(const std::string& text, const std::string& path) {
  constexpr int deepest = 2;
  std::vector<std::set<std::string>> keys;
  const auto strict = [&](int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    check(depth <= deepest || (event != Event::object_start && event != Event::array_start),
          "{}: byte 8: the header nests lists or objects deeper than safetensors does", path);
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key)
      check(keys.back().insert(parsed.get<std::string>()).second,
            "{}: byte 8: the header has the key \"{}\" twice", path, parsed.get<std::string>());
    return true;
  };
  json header = json::parse(text, strict, false);
  check(header.is_object(), "{}: byte 8: the header is not a JSON object; not a safetensors file",
        path);
  return header;
}

const json& member(const json& entry, const char* key, const std::string& path,
                   const std::string& tensor) {
  check(entry.is_object(), "{}: tensor {} is {} in the header; an object was expected", path,
        tensor, entry.dump());
  const auto found = entry.find(key);
  check(found != entry.end(), "{}: tensor {} has no \"{}\"", path, tensor, key);
  return *found;
}

/// The list of whole numbers from 0 to 2⁶³ − 1 under a key.
std::vector<std::int64_t> whole_numbers(const json& entry, const char* key, const std::string& path,
                                        const std::string& tensor) {
  const json& list = member(entry, key, path, tensor);
  const auto whole = [](const json& number) {
    return number.is_number_unsigned() &&
           number.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
  };
  check(list.is_array() && std::ranges::all_of(list, whole),
        "{}: tensor {} has the {} {}; a list of whole numbers from 0 on was expected", path, tensor,
        key, list.dump());
  return list.get<std::vector<std::int64_t>>();
}

at::ScalarType type_of(const json& entry, const std::string& path, const std::string& tensor) {
  const json& type = member(entry, "dtype", path, tensor);
  std::vector<std::string_view> known;
  for (const auto& [name, value] : type_names) {
    if (type == name) return value;
    known.emplace_back(name);
  }
  fail("{}: tensor {} has the type {}; what is read is {}", path, tensor, type.dump(),
       fmt::join(known, ", "));
}

/// The size of a tensor in bytes; none where it, or that of its sizes beside a 0, is beyond 2⁶³.
std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape, at::ScalarType type) {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(type));
  for (const std::int64_t size : shape)
    if (size > 0 && __builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  return std::ranges::count(shape, 0) > 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

StoredTensor stored_tensor(const std::string& name, const json& entry, const std::string& path) {
  StoredTensor tensor{name, type_of(entry, path, name), whole_numbers(entry, "shape", path, name)};
  const auto offsets = whole_numbers(entry, "data_offsets", path, name);
  check(offsets.size() == 2 && offsets[0] <= offsets[1],
        "{}: tensor {} has the data_offsets [{}]; its first byte and the one after its last were "
        "expected",
        path, name, fmt::join(offsets, ", "));
  tensor.begin = static_cast<std::uint64_t>(offsets[0]);
  tensor.end = static_cast<std::uint64_t>(offsets[1]);
  check(bytes_of(tensor.shape, tensor.type) == tensor.end - tensor.begin,
        "{}: tensor {} takes {} bytes, its shape asks for {}", path, name,
        tensor.end - tensor.begin, fmt::join(tensor.shape, " × "));
  return tensor;
}

std::map<std::string, std::string> metadata_of(const json& entry, const std::string& path) {
  check(entry.is_object() &&
            std::ranges::all_of(entry, [](const json& value) { return value.is_string(); }),
        "{}: byte 8: __metadata__ is {}; an object of texts was expected", path, entry.dump());
  return entry.get<std::map<std::string, std::string>>();
}

/// Throws unless the tensors stand one behind the other, from the header at `start` to the file's
/// end.
void check_places(const std::vector<StoredTensor>& tensors, std::uint64_t start,
                  std::uint64_t file_size, const std::string& path) {
  std::uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    check(tensor.end <= file_size - start, "{}: byte {}: cut short: tensor {} ends at byte {}",
          path, file_size, tensor.name, start + tensor.end);
    check(tensor.begin >= end, "{}: byte {}: tensor {} begins inside another", path,
          start + tensor.begin, tensor.name);
    check(tensor.begin == end, "{}: bytes {} to {} belong to no tensor", path, start + end,
          start + tensor.begin);
    end = tensor.end;
  }
  check(file_size - start == end, "{}: bytes {} to {} belong to no tensor", path, start + end,
        file_size);
}

bool holds_truth_values(const at::Tensor& tensor) {
  const auto* bytes = static_cast<const std::uint8_t*>(tensor.data_ptr());
  return std::all_of(bytes, bytes + tensor.nbytes(), [](std::uint8_t byte) { return byte <= 1; });
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
  header["__metadata__"]["checksum"] = files::no_checksum;
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
  std::uint32_t crc = files::crc32(0, header.data(), header.size());
  for (const at::Tensor& tensor : data) crc = files::crc32(crc, tensor.data_ptr(), tensor.nbytes());
  header.replace(header.find(files::no_checksum), files::no_checksum.size(),
                 files::checksum_text(crc));

  files::AtomicFile out(path);
  out.write(header);
  for (const at::Tensor& tensor : data) out.write(tensor.data_ptr(), tensor.nbytes());
  out.commit();
}

TensorFile load_safetensors(const std::filesystem::path& file_path) {
  const std::string path = file_path.string();
  std::ifstream in(file_path, std::ios::binary);
  check(std::filesystem::is_regular_file(file_path) && in.good(),
        "{}: can't be opened; expected a safetensors file", path);
  const std::uint64_t file_size = std::filesystem::file_size(file_path);
  std::uint64_t length = 0;
  in.read(reinterpret_cast<char*>(&length), sizeof length);
  check(in.good() && length >= 2 && length <= file_size - 8 && length <= most_header_bytes,
        "{}: byte 0: not a safetensors file, or cut short: its header asks for {} bytes of {}",
        path, length, file_size);
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));

  TensorFile file;
  std::vector<StoredTensor> stored;
  const json header = parsed_header(text, path);  // outlives what items() refers to
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__")
      file.metadata = metadata_of(entry, path);
    else
      stored.push_back(stored_tensor(name, entry, path));
  }
  std::ranges::sort(stored, {},
                    [](const StoredTensor& tensor) { return std::pair(tensor.begin, tensor.end); });
  check_places(stored, 8 + length, file_size, path);

  const std::string known = files::take_checksum(text);
  std::uint32_t crc =
      files::crc32(files::crc32(0, &length, sizeof length), text.data(), text.size());
  for (const StoredTensor& entry : stored) {
    const at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.type));
    in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    check(in.good(), "{}: byte {}: cut short", path, 8 + length + entry.begin);
    crc = files::crc32(crc, tensor.data_ptr(), tensor.nbytes());
    check(entry.type != at::kBool || holds_truth_values(tensor),
          "{}: tensor {} is of the type BOOL and holds other bytes than 0 and 1", path, entry.name);
    file.tensors[entry.name] = tensor;
  }
  const bool bears_none = known.empty() && !file.metadata.contains("checksum");
  check(bears_none || known == files::checksum_text(crc),
        "{}: its bytes have the checksum {}, its header says {}: the file is damaged", path,
        files::checksum_text(crc), known);
  return file;
}

}  // namespace cmc::files
