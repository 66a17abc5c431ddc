#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cmc::exchange {

/// Whether bytes are an ONNX model.
bool is_onnx(const std::string& bytes);

/// The "metadata" and "tensors" (initialisers), "inputs" and "outputs" of an ONNX model.
nlohmann::json describe_onnx(const std::string& bytes);

}  // namespace cmc::exchange
