#include "cmc/exchange/export.h"

#include <torch/csrc/jit/api/module.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "cmc/error.h"
#include "cmc/exchange/description.h"
#include "cmc/exchange/onnx_model.h"
#include "cmc/exchange/traced.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/safetensors.h"
#include "cmc/runs/recipe_views.h"

namespace cmc::exchange {
namespace {

struct Known {
  std::string_view name, ending;
};
constexpr std::array<Known, 3> formats = {
    {{"safetensors", ".safetensors"}, {"torchscript", ".pt"}, {"onnx", ".onnx"}}};

using Metadata = std::map<std::string, std::string>;

void save_parameters(const LoadedRun& run, std::size_t view, Output output,
                     const Metadata& metadata, const std::filesystem::path& target) {
  files::TensorFile file{.tensors = {}, .metadata = metadata};
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (output == Output::embedding || !name.starts_with("head.")) file.tensors[name] = tensor;
  };
  for (const auto& entry : run.encoders[view]->named_parameters()) add(entry.key(), entry.value());
  for (const auto& entry : run.encoders[view]->named_buffers()) add(entry.key(), entry.value());
  files::save_safetensors(target, file);
}

std::string torchscript(const torch::jit::Module& module, const Metadata& metadata) {
  std::ostringstream bytes;
  module.save(bytes, {{"cmc.json", nlohmann::json(metadata).dump(1)}});
  return bytes.str();
}

}  // namespace

ExportFormat export_format(std::string_view name) {
  for (std::size_t i = 0; i < formats.size(); ++i)
    if (formats[i].name == name) return static_cast<ExportFormat>(i);
  throw UsageError(
      fmt::format("format \"{}\" is unknown; it must be safetensors, torchscript or onnx", name));
}

std::string_view name(ExportFormat format) {
  return formats[static_cast<std::size_t>(format)].name;
}

std::string_view ending(ExportFormat format) {
  return formats[static_cast<std::size_t>(format)].ending;
}

Metadata export_encoder(const LoadedRun& run, std::size_t view, Output output, ExportFormat format,
                        const std::filesystem::path& target, bool force) {
  if (std::filesystem::exists(target) && !force)
    throw UsageError(fmt::format("{}: exists; --force replaces it", target.string()));
  Metadata metadata = describe(run, view, output);
  const encoders::EncoderOptions encoder =
      runs::encoder_options(run.recipe, run.transform->views())[view];
  check(encoder.torchscript.empty() || format != ExportFormat::onnx,
        "ONNX export: the encoder of view \"{}\" was brought as TorchScript ({}); its graph is not "
        "cmc's to translate; torchscript and safetensors hand it on",
        metadata.at("view"), encoder.torchscript);
  if (format == ExportFormat::safetensors) {
    save_parameters(run, view, output, metadata, target);
    return metadata;
  }
  const views::RawInput input = run.transform->raw_input(view);
  metadata["input"] = input.description;
  metadata["input_name"] = input.name;
  const torch::jit::Module module = traced(run, view, output);
  files::write_atomically(target, format == ExportFormat::onnx
                                      ? onnx_model(module, metadata["output"], metadata)
                                      : torchscript(module, metadata));
  return metadata;
}

}  // namespace cmc::exchange
