#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace cmc::exchange {

/// What a file or a run's folder is and holds: {"kind": "run", "checkpoint", "safetensors",
/// "torchscript", "onnx" or "npy"; "metadata": texts by key; "tensors": [{"name", "type",
/// "shape"}]; "checksum": "matches" or "none"}. A run has "checkpoints" and what is
/// recorded of it.
///
/// Throws Error where the file is none of these, is cut short, or does not match its checksum.
nlohmann::json inspect(const std::filesystem::path& path);

}  // namespace cmc::exchange
