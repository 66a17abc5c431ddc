#pragma once

#include <torch/csrc/jit/api/module.h>

#include <map>
#include <string>

namespace cmc::exchange {

/// The `encode` of a traced module (traced.h) as an ONNX model of opset 15, serialised: each
/// operator of its graph becomes one or a few of ONNX's, its parameters become initialisers under
/// their names, and the batch's size stays open. `metadata` goes into the model's metadata_props,
/// with a "checksum" of the whole file (data/checksum.h). The model has passed ONNX's own checker.
///
/// Throws Error that names an operator for which there is no counterpart here.
std::string onnx_model(const torch::jit::Module& module, const std::string& output,
                       const std::map<std::string, std::string>& metadata);

}  // namespace cmc::exchange
