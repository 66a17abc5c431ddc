#include "cmc/exchange/inspect.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/exchange/onnx_description.h"
#include "cmc/files/checksum.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/json_text.h"
#include "cmc/files/safetensors.h"
#include "cmc/files/zip_records.h"
#include "cmc/runs/run_folder.h"

namespace cmc::exchange {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json inspect_run(const fs::path& path) {
  const runs::RunFolder run = runs::RunFolder::open(path);
  json checkpoints = json::array();
  for (const fs::path& file : run.checkpoint_files())
    checkpoints.push_back(file.filename().string());
  json info = run.info();
  info["kind"] = "run";
  info["checkpoints"] = checkpoints;
  return info;
}

json inspect_safetensors(const fs::path& path) {
  const files::TensorFile file = files::load_safetensors(path);
  json tensors = json::array();
  for (const auto& [name, tensor] : file.tensors)
    tensors.push_back({{"name", name},
                       {"type", at::toString(tensor.scalar_type())},
                       {"shape", tensor.sizes().vec()}});
  const bool checkpoint = file.metadata.contains("best_held_out");
  return {{"kind", checkpoint ? "checkpoint" : "safetensors"},
          {"metadata", file.metadata},
          {"tensors", tensors},
          {"checksum", file.metadata.contains("checksum") ? "matches" : "none"}};
}

/// The texts by key that a record holds as JSON.
json texts_of(const files::ZipRecord& record, const fs::path& path) {
  const auto flat = [&](int depth, json::parse_event_t event, json&) {
    check(depth == 0 || (event != json::parse_event_t::object_start &&
                         event != json::parse_event_t::array_start),
          "{}: the record {} nests lists or objects; a flat object of strings was expected",
          path.string(), record.name);
    return true;
  };
  json texts = json::parse(record.bytes.begin(), record.bytes.end(), flat, false);
  check(texts.is_object() &&
            std::ranges::all_of(texts, [](const json& text) { return text.is_string(); }),
        "{}: the record {} is not a JSON object of strings", path.string(), record.name);
  return texts;
}

json inspect_torchscript(std::span<const std::uint8_t> bytes, const fs::path& path) {
  json metadata = json::object(), records = json::array();
  for (const files::ZipRecord& record : files::zip_records(bytes, path.string())) {
    records.push_back({{"name", record.name}, {"bytes", record.bytes.size()}});
    if (record.name.ends_with("/extra/cmc.json")) metadata = texts_of(record, path);
  }
  return {{"kind", "torchscript"},
          {"metadata", metadata},
          {"records", records},
          {"checksum", "matches"}};
}

json inspect_onnx(std::string bytes, const fs::path& path) {
  json result = describe_onnx(bytes);
  result["kind"] = "onnx";
  const bool bears_one = result["metadata"].contains("checksum");
  const std::string known = files::take_checksum(bytes);
  const std::string sum = files::checksum_text(files::crc32(0, bytes.data(), bytes.size()));
  check((known.empty() && !bears_one) || known == sum,
        "{}: its bytes have the checksum {}, its metadata says {}: the file is damaged",
        path.string(), sum, known);
  result["checksum"] = known.empty() ? "none" : "matches";
  return result;
}

}  // namespace

json inspect(const fs::path& path) {
  if (fs::is_directory(path)) return inspect_run(path);
  const files::FileBytes file = files::map_file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (bytes.starts_with("PK\x03\x04")) return inspect_torchscript(file.bytes, path);
  if (bytes.starts_with("\x93NUMPY")) {
    // Its length: two bytes in version 1, four in those that followed.
    const bool longer = bytes.size() > 6 && bytes[6] > 1;
    const std::size_t start = longer ? 12 : 10;
    std::uint32_t length = 0;
    if (bytes.size() >= start) std::memcpy(&length, bytes.data() + 8, start - 8);
    check(bytes.size() >= start && length <= bytes.size() - start,
          "{}: byte {}: the header is cut short", path.string(), bytes.size());
    const std::string_view header = bytes.substr(start, length);
    return {{"kind", "npy"},
            {"metadata", {{"header", header.substr(0, header.find_last_of('}') + 1)}}},
            {"checksum", "none"}};
  }
  if (path.extension() == ".safetensors" || (bytes.size() > 9 && bytes[8] == '{'))
    return inspect_safetensors(path);
  if (std::string content(bytes); is_onnx(content)) return inspect_onnx(std::move(content), path);
  fail(
      "{}: byte 0: neither a checkpoint or another safetensors file, nor TorchScript, ONNX or a "
      "NumPy file, or one that is cut short",
      path.string());
}

}  // namespace cmc::exchange
