#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "cmc/exchange/load.h"

namespace cmc::exchange {

enum class ExportFormat { safetensors, torchscript, onnx };

/// The format of a name. Throws UsageError that lists them.
ExportFormat export_format(std::string_view name);
std::string_view name(ExportFormat format);
/// What its files end in: ".safetensors", ".pt" or ".onnx".
std::string_view ending(ExportFormat format);

/// Writes a view's encoder as others read it:
///
/// - torchscript and onnx: from raw samples on (views::RawInput), for batches of any size;
/// - safetensors: the parameters under their names (a ResNet's are torchvision's), without the
///   "head." ones for Output::representation. The metadata's "input" says what to feed.
///
/// `describe` (description.h) goes into the metadata: safetensors' own, ONNX's metadata_props, the
/// file extra/cmc.json of a TorchScript archive. Returns it. The file appears whole or not at all.
/// Throws UsageError where it exists, unless `force`; Error where an encoder that was brought as
/// TorchScript is asked for as ONNX.
std::map<std::string, std::string> export_encoder(const LoadedRun& run, std::size_t view,
                                                  Output output, ExportFormat format,
                                                  const std::filesystem::path& target,
                                                  bool force = false);

}  // namespace cmc::exchange
